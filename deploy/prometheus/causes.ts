/** Alerts that name a cause. They explain an objective that burns, or come before it does. */

export interface CauseAlert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly severity: 'page' | 'ticket';
  readonly summary: string;
}

const latest = (metric: string) => `max without (instance, pod) (${metric})`;

/** What alerts compare over time. It is counted in Redis, by whichever process tells it. */
export const COUNTS: Readonly<Record<string, string>> = {
  'deja:runs_failed:max': `sum without (model, state) (${latest('deja_global_runs_unsuccessful_total{state="failed"}')})`,
  'deja:runs_succeeded:max': `sum without (model, lane) (${latest('deja_global_run_seconds_count')})`,
  'deja:webhooks_dead:max': latest('deja_global_webhook_dead'),
};
const failed = 'rate(deja:runs_failed:max[10m])';

export const CAUSES: readonly CauseAlert[] = [
  {
    ...{ alert: 'DejaDown', for: '2m', severity: 'page' },
    // An installation that was told of within the hour, or none at all.
    expr: `(${latest('max_over_time(deja_global_workers[1h])')} unless ${latest('deja_global_workers')}) or absent(max_over_time(deja_global_workers[1h]))`,
    summary: 'No API process tells the figures of all: none runs, or the queue Redis is away',
  },
  {
    ...{ alert: 'DejaRedisInTrouble', for: '1m', severity: 'page' },
    expr: 'sum without (instance, pod) (deja_redis_in_trouble) > 0',
    summary: 'Redis ({{ $labels.role }}) is away or refuses {{ $value }} API processes',
  },
  {
    ...{ alert: 'DejaNoWorkers', for: '1m', severity: 'page' },
    expr: `${latest('deja_global_workers')} == 0`,
    summary: 'No worker is alive: only the cache answers',
  },
  {
    ...{ alert: 'DejaLogUnreachable', for: '1m', severity: 'page' },
    expr: 'sum without (instance, pod) (deja_log_unverified) > 0',
    summary: '{{ $value }} API processes cannot reach the invalidation log',
  },
  {
    ...{ alert: 'DejaTierSkipped', for: '5m', severity: 'ticket' },
    expr: 'sum without (instance, pod) (avg_over_time(deja_tier_skipped[5m]) > bool 0.5) > 0',
    summary: '{{ $value }} API processes do without the {{ $labels.tier }} tier',
  },
  {
    ...{ alert: 'DejaQueueFull', for: '1m', severity: 'page' },
    expr: `${latest('deja_global_open_runs')} > 0.8 * ${latest('deja_global_open_runs_limit')}`,
    summary: '{{ $value }} runs are open, more than 80 % of QUEUE_MAX: soon new work is refused',
  },
  {
    ...{ alert: 'DejaRunsStuck', for: '5m', severity: 'page' },
    expr: `${latest('deja_global_oldest_wait_seconds{lane=~"short|long"}')} > 60`,
    summary:
      'The first run of lane {{ $labels.lane }} has waited for {{ $value | humanizeDuration }}',
  },
  {
    ...{ alert: 'DejaRunsFail', for: '5m', severity: 'ticket' },
    expr: `${failed} > (rate(deja:runs_succeeded:max[10m]) or 0 * ${failed}) / 9`,
    summary: 'More than a tenth of the runs fail',
  },
  {
    ...{ alert: 'DejaOutboxBacklog', for: '5m', severity: 'ticket' },
    expr: `${latest('deja_global_webhook_outbox_lag_seconds')} > 60`,
    summary: 'The first webhook has been due for {{ $value | humanizeDuration }}',
  },
  {
    ...{ alert: 'DejaDeadLetters', for: '0m', severity: 'ticket' },
    expr: 'delta(deja:webhooks_dead:max[1h]) > 0',
    summary: 'Deja gave up webhooks within the last hour',
  },
];
