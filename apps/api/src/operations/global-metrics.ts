/**
 * What is counted in Redis over all replicas, for Prometheus: `deja_global_*`, told by the replica that
 * holds the lease, so that sums are right. While Redis is away nobody holds it, and there are no
 * samples. Until 0.3 each of these also has the name of 0.1, under which every process tells it.
 */
import type { QueueFigures } from '@deja/jobs';
import type { Registry } from '@deja/runtime';
import type { OutboxFigures } from '@deja/webhooks';
import type { ApiContext } from '../context.ts';
import { type Counts, countsOf, histogramOf, type Sample } from './samples.ts';

export interface GlobalFigures {
  readonly queues: QueueFigures;
  readonly workers: number;
  readonly slots: number;
  readonly maxOpenRuns: number;
  readonly outbox: OutboxFigures;
  /** Counts over all processes. */
  readonly totals: Counts;
}

interface Metric {
  readonly type: 'gauge' | 'counter' | 'histogram';
  /** Without `deja_global_`. */
  readonly name: string;
  /** In 0.1, without `deja_`. Default: the same. */
  readonly was?: string | undefined;
  readonly help: string;
  readonly samples: (figures: GlobalFigures, name: string) => readonly Sample[];
}

const histogram = (what: 'run' | 'queue'): Metric['samples'] => {
  return ({ queues }, name) =>
    histogramOf(queues.times, what, { name, isByLane: name.startsWith('deja_global_') });
};

const one = (value: number): readonly Sample[] => [{ labels: {}, value }];

const METRICS: readonly Metric[] = [
  {
    ...{ type: 'gauge', name: 'workers', help: 'Workers that are alive' },
    samples: ({ workers }) => one(workers),
  },
  {
    ...{ type: 'gauge', name: 'slots', help: 'Slots for long work of all workers' },
    samples: ({ slots }) => one(slots),
  },
  {
    ...{ type: 'gauge', name: 'open_runs', help: 'Runs that have not ended' },
    samples: ({ queues }) => one(queues.openRuns),
  },
  {
    ...{ type: 'gauge', name: 'open_runs_limit', was: undefined, help: 'QUEUE_MAX' },
    samples: ({ maxOpenRuns }) => one(maxOpenRuns),
  },
  {
    ...{ type: 'gauge', name: 'queue_depth', help: 'Runs that wait to begin' },
    samples: ({ queues }) =>
      queues.lanes.map(({ lane, depth }) => ({ labels: { lane }, value: depth })),
  },
  {
    ...{ type: 'gauge', name: 'oldest_wait_seconds', was: 'queue_oldest_wait_seconds' },
    help: 'How long the first in line has waited',
    samples: ({ queues }) =>
      queues.lanes.map(({ lane, oldestMs }) => ({ labels: { lane }, value: oldestMs / 1000 })),
  },
  {
    ...{ type: 'gauge', name: 'webhook_outbox_depth', help: 'Deliveries that are not over' },
    samples: ({ outbox }) => one(outbox.depth),
  },
  {
    ...{ type: 'gauge', name: 'webhook_outbox_lag_seconds' },
    help: 'For how long the first of them has been due',
    samples: ({ outbox }) => one(outbox.lagMs / 1000),
  },
  {
    ...{ type: 'gauge', name: 'webhook_dead' },
    help: 'Deliveries given up that are still listed',
    samples: ({ outbox }) => one(outbox.dead),
  },
  {
    ...{ type: 'counter', name: 'webhook_attempts_total', help: 'Attempts, by outcome' },
    samples: ({ outbox }) => countsOf(outbox.counts, 'attempts', ['outcome']),
  },
  {
    ...{ type: 'counter', name: 'webhook_deliveries_total', help: 'Ends of deliveries' },
    samples: ({ outbox }) => countsOf(outbox.counts, 'deliveries', ['outcome']),
  },
  {
    ...{ type: 'counter', name: 'run_stalls_total' },
    help: 'Runs taken over from a worker that had fallen silent',
    samples: ({ queues }) => countsOf(queues.times, 'stalls', ['model']),
  },
  {
    ...{ type: 'counter', name: 'runs_unsuccessful_total' },
    help: 'Runs that failed, were canceled, or expired',
    samples: ({ queues }) => countsOf(queues.times, 'unsuccessful', ['model', 'state']),
  },
  {
    ...{ type: 'histogram', name: 'run_seconds' },
    help: 'From the start of an attempt to its success',
    samples: histogram('run'),
  },
  {
    ...{ type: 'histogram', name: 'queue_seconds' },
    help: 'From the submission to the start',
    samples: histogram('queue'),
  },
  {
    ...{ type: 'counter', name: 'model_outcomes_total' },
    help: 'How answers came about, as their models count it: trained, cached, reused',
    samples: ({ totals }) =>
      fieldsOf(totals, /^model:([^:]+):outcome:(\w+)$/, ['model', 'outcome']),
  },
  {
    ...{ type: 'counter', name: 'cache_evictions_total', was: undefined },
    help: 'Entries that API processes and workers evicted to make room',
    samples: ({ totals }) => fieldsOf(totals, /^tier:(\w+):evicted:(\w+)$/, ['tier', 'reason']),
  },
];

/**
 * @param read Called once for each time that the registry is read.
 * @param isTold Whether this process is the one that tells them.
 */
export function registerGlobalMetrics(
  registry: Registry,
  read: () => Promise<GlobalFigures>,
  isTold: () => boolean,
): void {
  let reading: Promise<GlobalFigures | undefined> | undefined;
  const readOnce = () => {
    reading ??= read()
      .catch(() => undefined)
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };
  for (const metric of METRICS) {
    const register = (name: string, help: string, aggregator: 'sum' | 'first') => {
      const get = async () => {
        const figures = aggregator === 'first' || isTold() ? await readOnce() : undefined;
        const values = figures ? metric.samples(figures, name) : [];
        return { name, help, type: metric.type, values, aggregator };
      };
      // A registry needs no more of a metric. prom-client's own classes can not take counts of buckets.
      registry.registerMetric({ name, get } as unknown as Parameters<
        Registry['registerMetric']
      >[0]);
    };
    const name = `deja_global_${metric.name}`;
    register(name, metric.help, 'sum');
    if ('was' in metric && metric.was === undefined) continue;
    register(`deja_${metric.was ?? metric.name}`, `Until 0.3: ${name}`, 'first');
  }
}

export function readGlobalFigures(context: ApiContext): () => Promise<GlobalFigures> {
  const { config, figures, workers, deliveries, counters } = context;
  const maxOpenRuns = config.jobLimits.queueMax;
  return async () => {
    const [queues, alive, outbox, { totals }] = await Promise.all([
      figures.queues(),
      workers.count(),
      deliveries.readOutbox(),
      counters.read(),
    ]);
    return { queues, ...alive, maxOpenRuns, outbox, totals };
  };
}

/** The parts that `pattern` captures are the labels' values. */
function fieldsOf(totals: Counts, pattern: RegExp, names: readonly string[]): readonly Sample[] {
  return [...totals].flatMap(([field, value]) => {
    const found = pattern.exec(field);
    const pairs = names.map((name, at) => [name, found?.[at + 1] ?? ''] as const);
    return found ? [{ labels: Object.fromEntries(pairs), value }] : [];
  });
}
