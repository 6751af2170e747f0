/** Dates and what is known about them, as columns of one length. Never holds a gap. */
export interface Rows {
  /** UNIX seconds. */
  readonly ds: readonly number[];
  /** `cap`, `floor`, regressors, and conditions as 0 and 1, by name. */
  readonly extra: Readonly<Record<string, readonly number[]>>;
}

/** What a fit is made of: ascending, at least two distinct dates. */
export interface Series extends Rows {
  readonly y: readonly number[];
}

/** The column `name`, which normalising has seen to. */
export function columnOf(rows: Rows, name: string): readonly number[] {
  const column = rows.extra[name];
  if (column === undefined) throw new Error(`the rows have no column "${name}"`);
  return column;
}
