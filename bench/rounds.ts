/**
 * Peers side by side: in each round every variant does the same work once, in turns, and only ratios
 * within a round are used. A machine that is busy or slow is so for all of them.
 */
import type { Row } from './report.ts';

export interface Variant {
  readonly name: string;
  /** Does the work of one turn. */
  readonly turn: () => unknown;
}

export interface RoundsOptions {
  readonly rounds: number;
  /** Operations in a turn. */
  readonly operations: number;
}

/** One row for each variant; its ratio is how many times longer it takes than the first one. */
export async function compare(
  variants: readonly Variant[],
  { rounds, operations }: RoundsOptions,
): Promise<Row[]> {
  const timeOf = async ({ turn }: Variant): Promise<number> => {
    const start = performance.now();
    const done = turn();
    if (done instanceof Promise) await done;
    return performance.now() - start;
  };
  for (let warm = 0; warm < Math.min(rounds, 3); warm += 1)
    for (const variant of variants) await timeOf(variant);

  const times: number[][] = variants.map(() => []);
  for (let round = 0; round < rounds; round += 1)
    for (let i = 0; i < variants.length; i += 1) {
      const at = (i + round) % variants.length;
      times[at]?.push(await timeOf(variants[at] as Variant));
    }

  const first = times[0] as number[];
  return variants.map(({ name }, at) => {
    const own = times[at] as number[];
    const ratios = own.map((time, round) => time / (first[round] as number));
    const us = (median(own) * 1000) / operations;
    const spread = `${quantile(ratios, 0.25).toFixed(2)} to ${quantile(ratios, 0.75).toFixed(2)}`;
    return { cells: [name, us.toPrecision(3), spread], ratio: median(ratios) };
  });
}

export const COMPARED = ['', 'µs an operation', 'half of all rounds'];
export const RATIO = "times the first one's";

/** Processor time of this thread. */
export function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] as number;
}
