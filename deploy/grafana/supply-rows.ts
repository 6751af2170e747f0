/** What it takes: workers, models, cache, webhooks, Redis, processes. */
import { latest, perSecond, quantiles, RATE, type Row } from './panel.ts';

export const SUPPLY_ROWS: readonly Row[] = [
  {
    title: 'Workers and slots',
    panels: [
      {
        title: 'Workers',
        description: 'Workers that are alive',
        ...{ unit: 'short', type: 'stat', limits: [1], isBadBelow: true },
        queries: { [latest('deja_global_workers')]: '' },
      },
      {
        title: 'Slots and runs',
        description: 'Slots for long work, beside the runs that have begun and not ended',
        unit: 'short',
        queries: {
          [latest('deja_global_slots')]: 'slots',
          [`${latest('deja_global_open_runs')} - sum(${latest('deja_global_queue_depth', 'lane')})`]:
            'runs begun',
        },
      },
      {
        title: 'Open runs of QUEUE_MAX',
        description: 'At 100 % new work is refused',
        ...{ unit: 'percentunit', limits: [0.5, 0.8] },
        queries: {
          [`${latest('deja_global_open_runs')} / ${latest('deja_global_open_runs_limit')}`]: 'open',
        },
      },
    ],
  },
  {
    title: 'Models',
    panels: [
      {
        title: 'Time of runs',
        description: 'Of runs that succeeded',
        unit: 's',
        queries: quantiles('deja_global_run_seconds', 'model'),
      },
      {
        title: 'Runs that did not succeed',
        description: 'They failed, were canceled, or expired',
        ...{ unit: 'ops', isStacked: true },
        queries: {
          [perSecond('deja_global_runs_unsuccessful_total', 'model, state')]: '{{model}} {{state}}',
        },
      },
      {
        title: 'Stalls',
        description: 'Runs taken over from a worker that had fallen silent',
        ...{ unit: 'ops', isStacked: true },
        queries: { [perSecond('deja_global_run_stalls_total', 'model')]: '{{model}}' },
      },
      {
        title: 'How answers came about',
        description: 'As the models count it: trained, cached, reused',
        ...{ unit: 'ops', isStacked: true },
        queries: {
          [perSecond('deja_global_model_outcomes_total', 'model, outcome')]:
            '{{model}} {{outcome}}',
        },
      },
    ],
  },
  {
    title: 'Cache',
    panels: [
      {
        title: 'Size by tier',
        description: 'Memory: of all API processes together',
        ...{ unit: 'bytes', isStacked: true },
        queries: { 'sum by (tier) (deja_cache_bytes)': '{{tier}}' },
      },
      {
        title: 'Evictions',
        description:
          'Entries that API processes and workers evicted, by the bound that they exceeded',
        ...{ unit: 'ops', isStacked: true },
        queries: {
          [perSecond('deja_global_cache_evictions_total', 'tier, reason')]: '{{tier}} {{reason}}',
        },
      },
      {
        title: 'Tiers skipped',
        description: 'API processes that do without a tier because it is slow or broken',
        ...{ unit: 'short', limits: [1] },
        queries: { 'sum by (tier) (deja_tier_skipped)': '{{tier}}' },
      },
    ],
  },
  {
    title: 'Webhooks',
    panels: [
      {
        title: 'Attempts',
        description: 'Attempts to deliver, by outcome',
        ...{ unit: 'ops', isStacked: true },
        queries: { [perSecond('deja_global_webhook_attempts_total', 'outcome')]: '{{outcome}}' },
      },
      {
        title: 'Deliveries ended',
        description: 'By how they ended',
        ...{ unit: 'ops', isStacked: true },
        queries: { [perSecond('deja_global_webhook_deliveries_total', 'outcome')]: '{{outcome}}' },
      },
      {
        title: 'First due',
        description: 'For how long the first delivery has been due',
        ...{ unit: 's', limits: [30, 60] },
        queries: { [latest('deja_global_webhook_outbox_lag_seconds')]: 'due for' },
      },
      {
        title: 'Outbox and dead letters',
        description:
          'Deliveries that are not over, and those that were given up and are still listed',
        unit: 'short',
        queries: {
          [latest('deja_global_webhook_outbox_depth')]: 'pending',
          [latest('deja_global_webhook_dead')]: 'dead',
        },
      },
    ],
  },
  {
    title: 'Redis and log',
    panels: [
      {
        title: 'Redis in trouble',
        description: 'API processes that cannot reach this Redis, or that it refuses',
        ...{ unit: 'short', limits: [1] },
        queries: { 'sum by (role) (deja_redis_in_trouble)': '{{role}}' },
      },
      {
        title: 'Log out of reach',
        description: 'API processes that cannot reach the invalidation log',
        ...{ unit: 'short', limits: [1] },
        queries: { 'sum(deja_log_unverified)': 'processes' },
      },
    ],
  },
  {
    title: 'API processes',
    panels: [
      {
        title: 'CPU',
        description: 'Cores that each process uses; it can use one',
        ...{ unit: 'short', limits: [0.8] },
        queries: { [`rate(process_cpu_seconds_total${RATE})`]: '{{instance}}' },
      },
      {
        title: 'Memory',
        description: 'Resident set of each process',
        unit: 'bytes',
        queries: { process_resident_memory_bytes: '{{instance}}' },
      },
      {
        title: 'Event loop lag, p99',
        description: 'How late timers are',
        ...{ unit: 's', limits: [0.05, 0.25] },
        queries: { nodejs_eventloop_lag_p99_seconds: '{{instance}}' },
      },
      {
        title: 'Held open',
        description: 'Requests that wait for a job, and event streams',
        unit: 'short',
        queries: {
          'sum(deja_waiting_requests)': 'waiting',
          'sum(deja_event_streams)': 'streams',
        },
      },
    ],
  },
];
