import type { Problem } from '../api/documents.ts';

/** Why somebody is not logged in, and what helps. */
export function loginSentence(problem: Problem, retryAfterS: number | undefined): string {
  const { status, detail, title } = problem;
  switch (problem.type.split(':').at(-1)) {
    case 'unauthenticated':
      return 'The API takes no login with this key: it is mistyped, expired, revoked, or replaced by a newer one.';
    case 'insufficient-scope':
      return 'This is no admin key. The page needs one with the scope admin.';
    case 'too-many-failures':
      return `Too many wrong keys came from your address. Try again in ${retryAfterS ?? 60} s.`;
    case 'queue-unavailable':
      return 'The API cannot reach Redis, which knows the keys. Try again when it is back.';
  }
  if (status === 0) return 'The API does not answer. Try again when it is back.';
  return detail ?? title;
}
