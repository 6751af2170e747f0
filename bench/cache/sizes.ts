import type { RoundsOptions } from '../rounds.ts';

/** How much of one kind of work. */
export interface Size extends RoundsOptions {
  readonly name: string;
  readonly bodyBytes: number;
  readonly entries: number;
}

export interface Effort {
  readonly rounds: number;
  /** Of the cheapest kind of work in a turn; dearer kinds do a part of it. */
  readonly operations: number;
}

export function sizes({ rounds, operations }: Effort): [small: Size, large: Size] {
  const entries = Math.min(operations, 1000);
  return [
    { name: '200 B', bodyBytes: 200, entries, rounds, operations },
    { name: '40 KB', bodyBytes: 40_000, entries: Math.ceil(entries / 4), rounds, operations },
  ];
}

/** For work that is dearer than a look-up in memory. */
export function share(size: Size, part: number): Size {
  const operations = Math.max(1, Math.round(size.operations / part));
  return { ...size, operations, entries: Math.min(size.entries, operations) };
}
