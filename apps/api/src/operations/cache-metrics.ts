/**
 * The cache's figures for Prometheus: each process tells what it counted itself, so that sums over
 * replicas are right. Bytes that processes share are told by one of them.
 */
import type { TierName } from '@deja/cache-core';
import { Counter, Gauge } from '@deja/runtime';
import type { ApiContext } from '../context.ts';

type Labels = Readonly<Record<string, string>>;
type Samples = Iterable<readonly [labels: Labels, value: number]>;

export function registerCacheMetrics(context: ApiContext): void {
  const { registry, counters, memory, waiter } = context;
  const counter = (name: string, help: string, labelNames: string[], read: () => Samples) =>
    new Counter({
      ...{ name, help, labelNames, registers: [registry] },
      collect() {
        this.reset();
        for (const [labels, value] of read()) this.inc(labels, value);
      },
    });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      ...{ name, help, registers: [registry] },
      collect() {
        this.set(read());
      },
    });

  const own = (pattern: RegExp, names: readonly string[]) => () =>
    [...counters.own()].flatMap(([field, value]) => {
      const found = pattern.exec(field);
      return found ? [[labelsOf(names, found.slice(1)), value] as const] : [];
    });
  counter(
    'deja_cache_requests_total',
    'Questions, by what the cache made of them and the tier that answered',
    ['model', 'outcome', 'tier'],
    own(/^model:([^:]+):(hit|stale|miss|bypass)(?::(\w+))?$/, ['model', 'outcome', 'tier']),
  );
  counter(
    'deja_coalesced_requests_total',
    'Misses and bypasses that joined a run which was there',
    ['model'],
    own(/^model:([^:]+):collapsed$/, ['model']),
  );
  counter(
    'deja_compute_saved_seconds_total',
    'What answers from the cache would have taken to compute',
    ['model'],
    function* () {
      for (const [labels, ms] of own(/^model:([^:]+):saved_ms$/, ['model'])())
        yield [labels, ms / 1000];
    },
  );
  counter(
    'deja_cache_evictions_total',
    'Entries that this process evicted to make room, by the bound that they exceeded',
    ['tier', 'reason'],
    own(/^tier:(\w+):evicted:(\w+)$/, ['tier', 'reason']),
  );
  new Gauge({
    name: 'deja_cache_bytes',
    help: 'Bytes that a tier holds. What processes share, one of them tells',
    labelNames: ['tier'],
    registers: [registry],
    async collect() {
      this.reset();
      for (const [tier, bytes] of await heldBytes(context)) this.set({ tier }, bytes);
    },
  });
  new Gauge({
    name: 'deja_memory_tier_bytes',
    help: 'Until 0.3: deja_cache_bytes{tier="memory"}',
    registers: [registry],
    async collect() {
      this.set((await memory.usage()).bytes);
    },
  });
  gauge('deja_waiting_requests', 'Requests that wait for a job', () => waiter.waits);
  gauge('deja_event_streams', 'Event streams of jobs that are open', () => waiter.streams);
}

const labelsOf = (names: readonly string[], values: readonly (string | undefined)[]): Labels =>
  Object.fromEntries(names.map((name, at) => [name, values[at] ?? 'none']));

/** A tier that does not answer has no sample. */
async function heldBytes({ memory, lower, leases }: ApiContext): Promise<[TierName, number][]> {
  const told = lower.all.filter(({ name }) =>
    name === 'disk' ? leases.disk.isHeld : leases.figures.isHeld,
  );
  const usages = [memory, ...told].map(async (tier) => {
    const usage = await tier.usage().catch(() => undefined);
    return usage ? [[tier.name, usage.bytes] as [TierName, number]] : [];
  });
  return (await Promise.all(usages)).flat();
}
