export interface RunPage<R extends { readonly run: string }> {
  readonly now: number;
  readonly runs: readonly R[];
  /** Goes on after the last run that was looked at. Undefined: there are no more. */
  readonly cursor: string | undefined;
}

/** The pages of all shards as one. It ends where the first of them ends that has more. */
export function joinedPage<R extends { readonly run: string }>(
  pages: readonly RunPage<R>[],
  { limit }: { limit: number },
): RunPage<R> {
  const now = Math.max(...pages.map((page) => page.now));
  const ends = pages.flatMap(({ cursor }) => cursor ?? []);
  const end = ends.reduce((latest, cursor) => (cursor > latest ? cursor : latest), '');
  const all = pages
    .flatMap(({ runs }) => runs)
    .filter(({ run }) => run >= end)
    .sort((a, b) => (a.run < b.run ? 1 : -1));
  const runs = all.slice(0, limit);
  return { now, runs, cursor: all.length > limit ? runs.at(-1)?.run : end || undefined };
}
