import type { Series } from '../prophet/answer-rows.ts';

/** What a series is beside the one that a model was trained on. */
export interface SeriesChange {
  /** Rows of the new series that the model has not seen: their date was not there, or said otherwise. */
  readonly added: readonly number[];
  readonly altered: readonly number[];
  /** Dates that are no longer there. */
  readonly removed: number;
  /** All of these, over the points that the model was trained on. */
  readonly share: number;
}

/**
 * Goes through both once, date by date: appended points cost no more than a look at the others. A row
 * is altered when y or a column beside it differs at all.
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
  let removed = 0;
  let [old, at] = [0, 0];
  while (old < before.ds.length && at < now.ds.length) {
    const [was, is] = [before.ds[old] as number, now.ds[at] as number];
    if (was < is) removed += 1;
    else if (was > is) added.push(at);
    else if (columns.some(([a, b]) => a[old] !== b[at])) altered.push(at);
    if (was <= is) old += 1;
    if (was >= is) at += 1;
  }
  removed += before.ds.length - old;
  for (; at < now.ds.length; at += 1) added.push(at);
  const share = (added.length + altered.length + removed) / before.ds.length;
  return { added, altered, removed, share };
}
