import type { Bucket } from './blob.ts';

/**
 * A quantile of what was counted by upper bounds, between which it is taken as evenly spread.
 *
 * @param prefix Of the counts' names; the bound follows it, or `+Inf`, or `sum`, which is none.
 * @param least The lower bound of the first.
 * @returns Undefined: nothing was counted.
 */
export function quantileOf(
  bucket: Bucket,
  prefix: string,
  { share, least = 0 }: { readonly share: number; readonly least?: number },
): number | undefined {
  const counts = [...bucket]
    .filter(([name]) => name.startsWith(prefix) && !name.endsWith(':sum'))
    .map(([name, count]) => [boundOf(name.slice(prefix.length)), count] as const)
    .sort(([a], [b]) => a - b);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  let [below, lower] = [0, least];
  for (const [upper, count] of counts) {
    if (total > 0 && below + count >= share * total) {
      if (upper === Number.POSITIVE_INFINITY) return lower;
      return lower + ((upper - lower) * (share * total - below)) / count;
    }
    below += count;
    lower = upper;
  }
  return undefined;
}

const boundOf = (text: string): number =>
  text === '+Inf' ? Number.POSITIVE_INFINITY : Number(text);
