/** The audit in the OpenAPI document. */
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { json, operation } from '../wire/operation.ts';
import { auditList, auditQuery } from './schema.ts';

export const auditPaths: ZodOpenApiPathsObject = {
  '/admin/audit': {
    get: operation({
      ...{ id: 'listAudit', tag: 'operations', summary: 'Read who has done what' },
      description: 'The newest first, of the last 10,000 entries or so.',
      params: { query: auditQuery },
      answers: { '200': json('A page of entries', auditList) },
      problems: ['malformed-request', 'queue-unavailable'],
    }),
  },
};
