/**
 * What the API answers, as far as the page reads it. apps/api has the schemas;
 * apps/api/test/dashboard.test.ts holds them against these types.
 */
type Maybe<T> = T | undefined;

export type Lane = 'short' | 'long' | 'bulk' | 'refresh';
export type TierName = 'memory' | 'redis' | 'disk';
export type RunState =
  | 'queued'
  | 'retrying'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'canceled'
  | 'expired';

export interface Outcomes {
  hit: number;
  stale: number;
  miss: number;
  bypass: number;
}

export interface LaneFigures {
  lane: Lane;
  queued: number;
  running: number;
  retrying: number;
  oldest_wait_s?: Maybe<number>;
  usual_wait_s?: Maybe<number>;
  waited_p95_s?: Maybe<number>;
  computed_p95_s?: Maybe<number>;
  eta_error_p50?: Maybe<number>;
}

export interface TierFigures {
  tier: TierName;
  state: 'up' | 'skipped' | 'off';
  skipped_since?: Maybe<string>;
  hits: number;
  misses: number;
  hit_share?: Maybe<number>;
  entries: number;
  bytes: number;
  max_bytes: number;
  evicted_last_hour: number;
  errors: number;
  lookup_p50_ms?: Maybe<number>;
  lookup_p95_ms?: Maybe<number>;
}

export interface ModelToday {
  name: string;
  version: number;
  engine?: Maybe<string>;
  requests: number;
  hit_ratio?: Maybe<number>;
  collapsed: number;
  seconds_saved: number;
  failed: number;
  usual_s?: Maybe<number>;
  queued: number;
  running: number;
}

export interface Overview {
  at: string;
  version: string;
  replica: string;
  since: string;
  seconds_saved: number;
  seconds_computed: number;
  hit_ratio?: Maybe<number>;
  hit_ratio_hour_ago?: Maybe<number>;
  hit_ratio_today?: Maybe<number>;
  requests_per_s: Outcomes & { total: number };
  requests_today: Outcomes & { collapsed: number };
  miss_reasons_day: Record<string, number>;
  oldest_wait_s?: Maybe<number>;
  oldest_wait_lane?: Maybe<Lane>;
  runs: {
    open: number;
    queued: number;
    running: number;
    retrying: number;
    ended_last_hour: number;
    failed_last_hour: number;
  };
  workers: number;
  slots: { slots: number; busy: number; wanted: number };
  lanes: LaneFigures[];
  tiers: TierFigures[];
  models: ModelToday[];
  webhooks: { pending: number; dead: number; lag_s: number };
  history: { minute_days: number; hour_days: number; bytes: number };
}

export interface WorkerLine {
  worker: string;
  host?: Maybe<string>;
  pid?: Maybe<number>;
  started_at?: Maybe<string>;
  heartbeat_age_s: number;
  slots: number;
  busy: number;
  memory_bytes?: Maybe<number>;
  running: { run: string; model: string; lane: Lane; for_s: number }[];
}

export interface Receiver {
  host: string;
  state: 'answers' | 'silent' | 'rests' | 'unknown';
  rests_until?: Maybe<string>;
  last_status?: Maybe<number>;
  attempts: number;
  delivered: number;
  pending: number;
  dead: number;
  p95_s?: Maybe<number>;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: Maybe<string>;
  errors?: Maybe<{ path: string; message: string }[]>;
}

export interface Run {
  run: string;
  state: RunState;
  model: { name: string; version: number };
  model_id?: Maybe<string>;
  lane: Lane;
  cache_key: string;
  job_count: number;
  created_at: string;
  started_at?: Maybe<string>;
  finished_at?: Maybe<string>;
  waited_s: number;
  computed_s?: Maybe<number>;
  usual_s?: Maybe<number>;
  tries: number;
  max_tries: number;
  worker?: Maybe<string>;
  progress?: Maybe<{ fraction: number; stage?: Maybe<string> }>;
  stored: boolean;
  miss_reason?: Maybe<string>;
}

export interface RunPage {
  runs: Run[];
  next_cursor?: Maybe<string>;
}

export interface Attempt {
  try: number;
  host: string;
  lane: Lane;
  began_at: string;
  took_s: number;
  outcome: string;
  code?: Maybe<string>;
  steps: { step: string; at: string; took_s: number }[];
}

export interface JobOfRun {
  job_id: string;
  status: string;
  asked_at: string;
  asked_by?: Maybe<string>;
  how: 'wait' | 'webhook' | 'poll';
  deduplicated: boolean;
  deadline_at: string;
  miss_reason?: Maybe<string>;
  told_at?: Maybe<string>;
  finished_at?: Maybe<string>;
}

export interface RunDetail extends Run {
  queue_position?: Maybe<number>;
  attempts: Attempt[];
  stages: { fraction: number; stage?: Maybe<string>; at: string }[];
  jobs: JobOfRun[];
  error?: Maybe<Problem>;
}

export interface CanceledRun {
  run: string;
  state: 'canceled';
  jobs_canceled: number;
}

export interface History {
  metric: string;
  step: number;
  times: string[];
  values: Record<string, (number | null)[]>;
}

export interface Decision {
  at: string;
  source: 'trained' | 'cached' | 'reused';
  reason: string;
  data_change: number;
  points: number;
  trained_at: string;
  error_training?: Maybe<number>;
  error_new?: Maybe<number>;
  error_ratio?: Maybe<number>;
  coverage?: Maybe<number>;
  new_points: number;
  took_ms: number;
}

export interface SeriesLine {
  model_id: string;
  asked_at: string;
  trained_at: string;
  age_s: number;
  last_decision: Decision;
  error_ratio?: Maybe<number>;
  coverage?: Maybe<number>;
}

export interface SeriesPage {
  series: SeriesLine[];
  next_cursor?: Maybe<string>;
}

export interface Series {
  model_id: string;
  decisions: Decision[];
  came: {
    ds: string[];
    y: number[];
    yhat: number[];
    yhat_lower: number[];
    yhat_upper: number[];
    made_at: string[];
  };
  accuracy?: Maybe<{ points: number; mean_error_share?: Maybe<number>; within_band: number }>;
}

export interface SeriesPlot {
  model_id: string;
  trained_at: string;
  freq: string;
  ds: string[];
  y: (number | null)[];
  yhat: number[];
  yhat_lower: number[];
  yhat_upper: number[];
  components: Record<string, number[]>;
  changepoints: { ds: string; delta: number }[];
}

export interface Advice {
  sizes: {
    tier: TierName;
    factor: number;
    max_bytes: number;
    hit_ratio: number;
    lookup_seconds_saved?: Maybe<number>;
    compute_seconds_saved?: Maybe<number>;
  }[];
  measured: {
    tier: TierName;
    hit_ratio: number;
    lookup_seconds_saved?: Maybe<number>;
    compute_seconds_saved?: Maybe<number>;
  }[];
  trusted: boolean;
  ttls: {
    model: string;
    ttl_s: number;
    hit_ratio: number;
    compute_seconds_saved: number;
    unchanged_ratio: number | null;
  }[];
  since: string;
}

export interface Difference {
  path: string;
  was?: unknown;
  is?: unknown;
  added?: Maybe<number>;
  altered?: Maybe<number>;
  removed?: Maybe<number>;
  from?: Maybe<string>;
}

export interface Explanation {
  cache_key: string;
  outcome: 'hit' | 'stale' | 'miss';
  tier?: Maybe<TierName>;
  reason?: Maybe<string>;
  sentence: string;
  nearest?: Maybe<{ cache_key: string; asked_at: string; differs: Difference[] }>;
}

export interface Entry {
  key: string;
  model: string;
  tags: string[];
  tier: TierName;
  state: 'fresh' | 'stale';
  bytes: number;
  created_at: string;
  fresh_until: string;
  stale_until: string;
  age: number;
  ttl: number;
  compute_ms: number;
  tiers: Partial<Record<TierName, string>>;
}

export interface Invalidated {
  message: string;
  scope: string;
  seq: number;
}

export interface Delivery {
  delivery_id: string;
  job_id: string;
  type: string;
  created_at: string;
  url: string;
  status: string;
  attempts: number;
  last_status_code?: Maybe<number>;
  next_attempt_at?: Maybe<string>;
  log: { at: string; duration_ms: number; outcome: string; status_code?: Maybe<number> }[];
}
