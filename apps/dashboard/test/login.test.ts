import { expect, test } from 'vitest';
import { loginSentence } from '../src/views/login-sentence.ts';

const problem = (name: string, status: number, detail?: string) => ({
  ...{ type: `urn:deja:problem:${name}`, title: 'Title', status, detail },
});

test.each([
  [
    problem('unauthenticated', 401, 'the key is not valid'),
    'mistyped, expired, revoked, or replaced',
  ],
  [problem('insufficient-scope', 403), 'no admin key'],
  [problem('too-many-failures', 429), 'in 42 s'],
  [problem('queue-unavailable', 503), 'cannot reach Redis'],
  [{ type: 'about:blank', title: 'No answer', status: 0 }, 'does not answer'],
  [problem('foreign-origin', 403, 'the origin x is not in CORS_ORIGINS'), 'CORS_ORIGINS'],
  [problem('internal', 500), 'Title'],
])('%j is said as a sentence', (told, sentence) => {
  expect(loginSentence(told, 42)).toContain(sentence);
});
