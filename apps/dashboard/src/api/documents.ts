/**
 * What the API answers, as far as the page reads it. apps/api has the schemas;
 * apps/api/test/dashboard.test.ts holds them against these types.
 */
type Maybe<T> = T | undefined;

export type Lane = 'short' | 'long' | 'bulk' | 'refresh';
export type TierName = 'memory' | 'redis' | 'disk';
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
  keys: boolean;
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

export interface History {
  metric: string;
  step: number;
  times: string[];
  values: Record<string, (number | null)[]>;
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
    factor: number;
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
  seq: number | Record<string, number>;
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
