/** The sessions of the page in the OpenAPI document. */
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { operation } from '../wire/operation.ts';
import { logIn } from './session-schema.ts';

const tag = 'operations';

export const sessionPaths: ZodOpenApiPathsObject = {
  '/ui/session': {
    post: operation({
      ...{ id: 'logIn', tag, summary: 'Log in at the page' },
      description:
        'For the page at `/ui/`: only requests with `Sec-Fetch-Site: same-origin` are answered, which browsers send over https and on this machine. The cookie counts in such requests alone, and for 12 hours; clients send their key. 404 while keys are off.',
      body: logIn,
      answers: { '204': { description: 'The cookie is set' } },
      problems: [
        ...(['unauthenticated', 'foreign-origin', 'insufficient-scope'] as const),
        ...(['body-too-large', 'too-many-failures', 'queue-unavailable'] as const),
      ],
    }),
    delete: operation({
      ...{ id: 'logOut', tag, summary: 'Log out of the page' },
      description: 'Ends the session of the cookie, if there is one.',
      answers: { '204': { description: 'There is no session' } },
      problems: ['foreign-origin', 'queue-unavailable'],
    }),
  },
};
