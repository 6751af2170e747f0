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

/**
 * From `<what>|<model>|<lane>|<bound in ms>`, over all lanes. Prometheus wants cumulative counts up to
 * each bound; Redis counts between bounds.
 */
export function histogramOf(counts: Counts, what: string, name: string): Sample[] {
  const models = new Map<string, Map<string, number>>();
  for (const [field, count] of counts) {
    const [kind, model, , bound] = field.split('|');
    if (kind !== what || model === undefined || bound === undefined) continue;
    const byBound = models.get(model) ?? new Map<string, number>();
    models.set(model, byBound.set(bound, (byBound.get(bound) ?? 0) + count));
  }
  return [...models].flatMap(([model, byBound]) => {
    const bounds = [...byBound.keys()].filter((bound) => bound !== 'sum' && bound !== '+Inf');
    let total = 0;
    const bucket = (bound: string, le: string): Sample => {
      total += byBound.get(bound) ?? 0;
      return { metricName: `${name}_bucket`, labels: { model, le }, value: total };
    };
    return [
      ...bounds
        .sort((a, b) => Number(a) - Number(b))
        .map((bound) => bucket(bound, String(Number(bound) / 1000))),
      bucket('+Inf', '+Inf'),
      { metricName: `${name}_sum`, labels: { model }, value: (byBound.get('sum') ?? 0) / 1000 },
      { metricName: `${name}_count`, labels: { model }, value: total },
    ];
  });
}
