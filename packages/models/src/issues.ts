/** What zod says of an input, as clients see it: at most 20 issues, each at a JSON Pointer (RFC 6901). */
import type { z } from 'zod';
import type { InputIssue } from './errors.ts';

const MAX_ISSUES = 20;

/**
 * Each unknown member is one issue, at the member's own path.
 *
 * @param at JSON Pointer to what was parsed, where it is a part of the body. Default: the body.
 */
export function issuesOf(error: z.ZodError, at = ''): InputIssue[] {
  return error.issues
    .slice(0, MAX_ISSUES)
    .flatMap(expand)
    .slice(0, MAX_ISSUES)
    .map(({ path, message }) => ({ path: `${at}${path}`, message }));
}

function expand(issue: z.core.$ZodIssue): InputIssue[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.slice(0, MAX_ISSUES).map((key) => ({
      path: pointer([...issue.path, key]),
      message: 'unknown member',
    }));
  return [{ path: pointer(issue.path), message: issue.message }];
}

function pointer(path: readonly PropertyKey[]): string {
  return path
    .map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}
