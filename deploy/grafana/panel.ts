/** What rows of the board are made of. `deja_global_*` has one teller at a time, so `max` is the latest. */

export interface Panel {
  readonly title: string;
  readonly description: string;
  /** Of Grafana. */
  readonly unit: string;
  /** Legends by query. */
  readonly queries: Readonly<Record<string, string>>;
  /** Default: `timeseries`. */
  readonly type?: 'stat';
  /** Values from which on it is no longer green, in the order of `COLOURS`. Default: none. */
  readonly limits?: readonly number[];
  /** Below the limits it is bad, not above. */
  readonly isBadBelow?: boolean;
  readonly isStacked?: boolean;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export const RATE = '[$__rate_interval]';
export const perSecond = (metric: string, by: string) => `sum by (${by}) (rate(${metric}${RATE}))`;
export const latest = (metric: string, by = '') => `max by (${by}) (${metric})`;
const quantile = (share: number, metric: string, by: string) =>
  `histogram_quantile(${share}, sum by (${by}, le) (rate(${metric}_bucket${RATE})))`;
export const quantiles = (metric: string, by: string) => ({
  [quantile(0.5, metric, by)]: `{{${by}}} p50`,
  [quantile(0.95, metric, by)]: `{{${by}}} p95`,
});
