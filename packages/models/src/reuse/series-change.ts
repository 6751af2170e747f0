import type { Series } from '../prophet/answer-rows.ts';

/** How a series differs from the one on which a model was trained. */
export interface SeriesChange {
  /** Rows of the new series that the model has not seen: the date is new, or its values differ. */
  readonly added: readonly number[];
  readonly altered: readonly number[];
  /** Dates that are missing now. */
  readonly removed: number;
  /** Rows of the old series that were altered or removed: the model has learnt from what is no more. */
  readonly lost: readonly number[];
  /** All of these divided by the number of points on which the model was trained. */
  readonly share: number;
}

/**
 * Compares both series in one pass, date by date. A row is altered if y or another column differs at
 * all.
 *
 * @param before, now Ascending, with the same columns.
 */
export function changeOf(before: Series, now: Series): SeriesChange {
  const names = Object.keys(before.extra);
  const columns = [
    [before.y, now.y] as const,
    ...names.map((name) => [before.extra[name] ?? [], now.extra[name] ?? []] as const),
  ];
  const added: number[] = [];
  const altered: number[] = [];
  const lost: number[] = [];
  let removed = 0;
  let [old, at] = [0, 0];
  while (old < before.ds.length && at < now.ds.length) {
    const [was, is] = [before.ds[old] as number, now.ds[at] as number];
    if (was < is) {
      removed += 1;
      lost.push(old);
    } else if (was > is) added.push(at);
    else if (columns.some(([a, b]) => a[old] !== b[at])) {
      altered.push(at);
      lost.push(old);
    }
    if (was <= is) old += 1;
    if (was >= is) at += 1;
  }
  removed += before.ds.length - old;
  for (; old < before.ds.length; old += 1) lost.push(old);
  for (; at < now.ds.length; at += 1) added.push(at);
  const share = (added.length + altered.length + removed) / before.ds.length;
  return { added, altered, removed, lost, share };
}
