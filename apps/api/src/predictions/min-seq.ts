import type { ApiContext } from '../context.ts';
import type { Directives } from '../wire/directives.ts';
import { ProblemError } from '../wire/problem.ts';

/** Throws `ProblemError` while this replica does not know the invalidation in `X-Cache-Min-Seq`. */
export async function reachMinSeq(
  { minSeq }: Pick<Directives, 'minSeq'>,
  { cache }: Pick<ApiContext, 'cache'>,
): Promise<void> {
  if (minSeq === undefined || (await cache.reaches(minSeq))) return;
  throw new ProblemError(
    'cache-untrusted',
    `this replica does not know of invalidation ${JSON.stringify(minSeq)}`,
  );
}
