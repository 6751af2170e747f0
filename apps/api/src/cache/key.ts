import { ProblemError } from '../wire/problem.ts';

const KEY = /^[0-9a-f]{64}$/;

/** The key in a path. */
export function parseKey(text: string): string {
  if (KEY.test(text)) return text;
  throw new ProblemError('malformed-request', 'a cache key is 64 lower-case hexadecimal digits');
}
