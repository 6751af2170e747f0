/**
 * The service level objectives, as shares of what goes wrong in a window. A process's own counts are rated
 * before they are added up; `deja_global_*` changes its teller, so `max` over instances comes first.
 */

export interface Objective {
  /** The alert that says that its budget burns. */
  readonly alert: string;
  /** The label `slo`. */
  readonly name: string;
  /** The share that may go wrong. */
  readonly budget: number;
  /** What is well, in words. */
  readonly aim: string;
  /** PromQL: what share goes wrong. */
  readonly errors: (window: string) => string;
}

const requests = (window: string, more = '') =>
  total(`rate(deja_http_requests_total{route!~"/healthz|/readyz|/metrics"${more}}[${window}])`);
const total = (rates: string) =>
  `sum without (instance, pod, method, route, status, x_cache) (${rates})`;
const lookups = (what: string, window: string) =>
  `sum without (instance, pod, tier, le) (rate(deja_cache_lookup_seconds_${what}[${window}]))`;

export const OBJECTIVES: readonly Objective[] = [
  {
    ...{ alert: 'DejaAnswersFail', name: 'answers', budget: 0.001 },
    // 504 is also what `only-if-cached` gets, and models that take too long are runs that fail.
    aim: '99.9 % of requests are answered without a 5xx',
    errors: (window) =>
      `(${requests(window, ',status=~"5..",status!="504"')} or 0 * ${requests(window)}) / ${requests(window)}`,
  },
  {
    ...{ alert: 'DejaLookupsSlow', name: 'lookups', budget: 0.01 },
    aim: '99 % of look-ups in Redis and on disk take at most 5 ms',
    errors: (window) =>
      `1 - ${lookups('bucket{tier!="memory",le="0.005"}', window)} / ${lookups('count{tier!="memory"}', window)}`,
  },
  {
    ...{ alert: 'DejaWorkWaits', name: 'waits', budget: 0.01 },
    aim: '99 % of short and long runs begin within 10 s',
    errors: (window) =>
      `1 - rate(deja:runs_begun_soon:max[${window}]) / rate(deja:runs_begun:max[${window}])`,
  },
  {
    ...{ alert: 'DejaWebhooksLate', name: 'webhooks', budget: 0.01 },
    aim: '99 % of the time no webhook has been due for more than 30 s',
    errors: (window) => `avg_over_time(deja:webhooks_late:bool[${window}])`,
  },
];

/** What the objectives are computed from. */
export const SOURCES: Readonly<Record<string, string>> = {
  'deja:runs_begun:max':
    'sum without (model, lane) (max without (instance, pod) (deja_global_queue_seconds_count{lane=~"short|long"}))',
  'deja:runs_begun_soon:max':
    'sum without (model, lane, le) (max without (instance, pod) (deja_global_queue_seconds_bucket{lane=~"short|long",le="10"}))',
  'deja:webhooks_late:bool':
    'max without (instance, pod) (deja_global_webhook_outbox_lag_seconds) > bool 30',
};

/** Recorded share of what goes wrong. */
export const errorsIn = (window: string): string => `deja:slo_errors:ratio_rate${window}`;

/**
 * Google, The Site Reliability Workbook, chapter 5: an alert wants a long window, so that it matters, and a
 * short one, so that it still goes on. `burn`: how much faster than allowed the budget of 30 days is spent.
 */
export const BURNS = {
  page: [
    { burn: 14.4, long: '1h', short: '5m' },
    { burn: 6, long: '6h', short: '30m' },
  ],
  ticket: [
    { burn: 3, long: '1d', short: '2h' },
    { burn: 1, long: '3d', short: '6h' },
  ],
} as const;

export const WINDOWS = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'] as const;
