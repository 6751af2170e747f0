/**
 * The queue's figures for Prometheus. The scripts count them in Redis, over all replicas, so every API
 * process reports the same; while Redis is away there are no samples.
 */
import type { QueueFigures } from '@deja/jobs';
import type { Registry } from '@deja/runtime';
import type { OutboxFigures } from '@deja/webhooks';
import type { ApiContext } from '../context.ts';
import { type Counts, countsOf, histogramOf, type Sample } from './samples.ts';

export interface QueueMetrics {
  readonly queues: QueueFigures;
  readonly workers: number;
  readonly slots: number;
  readonly outbox: OutboxFigures;
  /** Counts over all processes. */
  readonly totals: Counts;
}

interface Metric {
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly name: string;
  readonly help: string;
  readonly samples: (metrics: QueueMetrics) => readonly Sample[];
}

const one = (value: number): readonly Sample[] => [{ labels: {}, value }];

const METRICS: readonly Metric[] = [
  {
    ...{ type: 'gauge', name: 'deja_workers', help: 'Workers that are alive' },
    samples: ({ workers }) => one(workers),
  },
  {
    ...{ type: 'gauge', name: 'deja_slots', help: 'Slots for long work of all workers' },
    samples: ({ slots }) => one(slots),
  },
  {
    ...{ type: 'gauge', name: 'deja_open_runs', help: 'Runs that have not ended' },
    samples: ({ queues }) => one(queues.openRuns),
  },
  {
    ...{ type: 'gauge', name: 'deja_queue_depth', help: 'Runs that wait to begin' },
    samples: ({ queues }) =>
      queues.lanes.map(({ lane, depth }) => ({ labels: { lane }, value: depth })),
  },
  {
    ...{ type: 'gauge', name: 'deja_queue_oldest_wait_seconds' },
    help: 'How long the first in line has waited',
    samples: ({ queues }) =>
      queues.lanes.map(({ lane, oldestMs }) => ({ labels: { lane }, value: oldestMs / 1000 })),
  },
  {
    ...{ type: 'gauge', name: 'deja_webhook_outbox_depth', help: 'Deliveries that are not over' },
    samples: ({ outbox }) => one(outbox.depth),
  },
  {
    ...{ type: 'gauge', name: 'deja_webhook_outbox_lag_seconds' },
    help: 'For how long the first of them has been due',
    samples: ({ outbox }) => one(outbox.lagMs / 1000),
  },
  {
    ...{ type: 'gauge', name: 'deja_webhook_dead' },
    help: 'Deliveries given up that are still listed',
    samples: ({ outbox }) => one(outbox.dead),
  },
  {
    ...{ type: 'counter', name: 'deja_webhook_attempts_total', help: 'Attempts, by outcome' },
    samples: ({ outbox }) => countsOf(outbox.counts, 'attempts', ['outcome']),
  },
  {
    ...{ type: 'counter', name: 'deja_webhook_deliveries_total', help: 'Ends of deliveries' },
    samples: ({ outbox }) => countsOf(outbox.counts, 'deliveries', ['outcome']),
  },
  {
    ...{ type: 'counter', name: 'deja_run_stalls_total' },
    help: 'Runs taken over from a worker that had fallen silent',
    samples: ({ queues }) => countsOf(queues.times, 'stalls', ['model']),
  },
  {
    ...{ type: 'counter', name: 'deja_runs_unsuccessful_total' },
    help: 'Runs that failed, were canceled, or expired',
    samples: ({ queues }) => countsOf(queues.times, 'unsuccessful', ['model', 'state']),
  },
  {
    ...{ type: 'histogram', name: 'deja_run_seconds' },
    help: 'From the start of an attempt to its success',
    samples: ({ queues }) => histogramOf(queues.times, 'run', 'deja_run_seconds'),
  },
  {
    ...{ type: 'histogram', name: 'deja_queue_seconds' },
    help: 'From the submission to the start',
    samples: ({ queues }) => histogramOf(queues.times, 'queue', 'deja_queue_seconds'),
  },
  {
    ...{ type: 'counter', name: 'deja_model_outcomes_total' },
    help: 'How answers came about, as their models count it: trained, cached, reused',
    samples: ({ totals }) => outcomesOf(totals),
  },
];

/** @param read Called once for each time that the registry is read. */
export function registerQueueMetrics(registry: Registry, read: () => Promise<QueueMetrics>): void {
  let reading: Promise<QueueMetrics | undefined> | undefined;
  const figures = () => {
    reading ??= read()
      .catch(() => undefined)
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };
  for (const { type, name, help, samples } of METRICS) {
    const get = async () => {
      const metrics = await figures();
      return { ...{ name, help, type }, values: metrics ? samples(metrics) : [] };
    };
    // A registry needs no more of a metric. prom-client's own classes can not take counts of buckets.
    registry.registerMetric({ name, get } as unknown as Parameters<Registry['registerMetric']>[0]);
  }
}

export function readQueueMetrics(context: ApiContext): () => Promise<QueueMetrics> {
  const { figures, workers, deliveries, counters } = context;
  return async () => {
    const [queues, alive, outbox, { totals }] = await Promise.all([
      figures.queues(),
      workers.count(),
      deliveries.readOutbox(),
      counters.read(),
    ]);
    return { queues, ...alive, outbox, totals };
  };
}

/** `model:<model>:outcome:<what>`, as workers count them. */
function outcomesOf(totals: Counts): readonly Sample[] {
  const samples: Sample[] = [];
  for (const [field, value] of totals) {
    const [, model, outcome] = /^model:([^:]+):outcome:(\w+)$/.exec(field) ?? [];
    if (model !== undefined && outcome !== undefined)
      samples.push({ labels: { model, outcome }, value });
  }
  return samples;
}
