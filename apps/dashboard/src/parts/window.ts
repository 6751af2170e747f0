/** Which rows of a long list are drawn: those in sight, and a few more. */
export interface Sight {
  readonly count: number;
  readonly rowPx: number;
  readonly scrollTopPx: number;
  readonly heightPx: number;
  /** Rows beyond the edges. */
  readonly spare: number;
}

export interface RowWindow {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly abovePx: number;
  readonly belowPx: number;
}

export function rowWindow({ count, rowPx, scrollTopPx, heightPx, spare }: Sight): RowWindow {
  const first = Math.floor(Math.max(0, scrollTopPx) / rowPx) - spare;
  const from = Math.max(0, Math.min(first, count - 1));
  const visible = Math.ceil(heightPx / rowPx) + 2 * spare + 1;
  const to = Math.min(count, from + visible);
  return { from, to, abovePx: from * rowPx, belowPx: (count - to) * rowPx };
}
