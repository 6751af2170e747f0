/** Prometheus samples from the counts in Redis. */

/** `<what>|<value of each label>` → count. */
export type Counts = ReadonlyMap<string, number>;

/** As prom-client's registry takes it. */
export interface Sample {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export function countsOf(counts: Counts, what: string, labelNames: readonly string[]): Sample[] {
  const samples: Sample[] = [];
  for (const [field, value] of counts) {
    const [kind, ...values] = field.split('|');
    if (kind !== what) continue;
    const labels = Object.fromEntries(labelNames.map((name, at) => [name, values[at] ?? '']));
    samples.push({ labels, value });
  }
  return samples;
}

/** Redis counts times between these bounds (packages/jobs, lua/times.ts). Unit: ms. */
export const TIME_BOUNDS_MS = [
  ...[10, 25, 50, 100, 250, 500, 1000, 2500],
  ...[5000, 10_000, 30_000, 60_000, 120_000],
] as const;

/**
 * From `<what>|<model>|<lane>|<bound in ms>`. Prometheus wants cumulative counts up to every bound; Redis
 * counts between bounds, and has those that occurred.
 *
 * @param isByLane False: over all lanes.
 */
export function histogramOf(
  counts: Counts,
  what: string,
  { name, isByLane }: { readonly name: string; readonly isByLane: boolean },
): Sample[] {
  const histograms = new Map<string, Map<string, number>>();
  for (const [field, count] of counts) {
    const [kind, model, lane, bound] = field.split('|');
    if (kind !== what || model === undefined || bound === undefined) continue;
    const of = isByLane ? `${model}|${lane}` : model;
    const byBound = histograms.get(of) ?? new Map<string, number>();
    histograms.set(of, byBound.set(bound, (byBound.get(bound) ?? 0) + count));
  }
  return [...histograms].flatMap(([of, byBound]) => {
    const [model = '', lane] = of.split('|');
    const labels = { model, ...(lane !== undefined && { lane }) };
    let total = 0;
    const bucket = (bound: string, le: string): Sample => {
      total += byBound.get(bound) ?? 0;
      return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: total };
    };
    return [
      ...TIME_BOUNDS_MS.map((boundMs) => bucket(String(boundMs), String(boundMs / 1000))),
      bucket('+Inf', '+Inf'),
      { metricName: `${name}_sum`, labels, value: (byBound.get('sum') ?? 0) / 1000 },
      { metricName: `${name}_count`, labels, value: total },
    ];
  });
}
