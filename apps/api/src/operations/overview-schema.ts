/** What operators read about the whole: now, over time, workers, receivers, and what a scaler needs. */
import { LANES } from '@deja/jobs';
import { z } from 'zod';
import { tierName, time } from '../wire/schema.ts';

export const lane = z.enum(LANES);
/** Of seconds: milliseconds are told. */
const seconds = z.number().min(0);
const share = z.number().min(0).max(1);
/** How far estimates were off: 1 is exact, 2 is twice or half. */
const error = z.number().min(1);

const outcomes = z.object({
  hit: z.number(),
  stale: z.number(),
  miss: z.number(),
  bypass: z.number(),
});

const laneFigures = z.object({
  lane,
  queued: z.int(),
  running: z.int(),
  retrying: z.int().meta({ description: 'Of the queued, those that were tried before' }),
  oldest_wait_s: seconds.optional().meta({ description: 'Absent: nothing waits' }),
  usual_wait_s: seconds.optional().meta({ description: 'Half waited no longer, last 24 hours' }),
  waited_p50_s: seconds.optional().meta({ description: 'Of runs that began in the last hour' }),
  waited_p95_s: seconds.optional(),
  computed_p50_s: seconds.optional().meta({ description: 'Of runs that ended in the last hour' }),
  computed_p95_s: seconds.optional(),
  eta_error_p50: error.optional(),
  eta_error_p90: error.optional(),
});

const tierFigures = z.object({
  tier: tierName,
  state: z.enum(['up', 'skipped', 'off']).meta({
    description: 'skipped: it is slow or broken, and the others answer without it',
  }),
  skipped_since: time.optional(),
  hits: z.int().meta({ description: 'Over all replicas, since `since`' }),
  misses: z.int(),
  hit_share: share.optional().meta({ description: 'Its part of all hits' }),
  entries: z.int(),
  bytes: z.int(),
  max_bytes: z.int().meta({ description: '0: no limit of its own' }),
  evicted_last_hour: z.int(),
  errors: z.int(),
  lookup_p50_ms: z
    .number()
    .optional()
    .meta({ description: 'Of the last look-ups of this replica' }),
  lookup_p95_ms: z.number().optional(),
});

const modelToday = z.object({
  name: z.string(),
  version: z.int(),
  engine: z.string().optional(),
  requests: z.int(),
  hit_ratio: share.optional(),
  collapsed: z.int().meta({ description: 'Misses that joined a run that was there' }),
  seconds_saved: seconds,
  failed: z.int(),
  usual_s: seconds.optional(),
  queued: z.int(),
  running: z.int(),
});

/** `today`: since midnight UTC. Figures that nobody can know yet are absent. */
export const overview = z
  .object({
    at: time,
    version: z.string(),
    replica: z.string(),
    since: time.meta({ description: 'When counting began' }),
    keys: z.boolean().meta({ description: 'Whether clients need a key' }),
    seconds_saved: seconds.meta({ description: 'Compute seconds that the cache saved today' }),
    seconds_computed: seconds.meta({ description: 'What runs took today' }),
    hit_ratio: share.optional().meta({ description: 'Of the last five minutes' }),
    hit_ratio_hour_ago: share.optional(),
    hit_ratio_today: share.optional(),
    requests_per_s: outcomes.extend({ total: z.number() }).meta({
      description: 'Over the last ten seconds',
    }),
    requests_today: outcomes.extend({ collapsed: z.number() }),
    miss_reasons_day: z.record(z.string(), z.int()).meta({ description: 'Of the last 24 hours' }),
    oldest_wait_s: seconds.optional().meta({ description: 'Over all lanes' }),
    oldest_wait_lane: lane.optional(),
    runs: z.object({
      open: z.int(),
      queued: z.int(),
      running: z.int(),
      retrying: z.int(),
      ended_last_hour: z.int(),
      failed_last_hour: z.int(),
    }),
    workers: z.int(),
    slots: z.object({ slots: z.int(), busy: z.int(), wanted: z.int() }),
    eta_error: z.object({ p50: error.optional(), p90: error.optional(), count: z.int() }).meta({
      description: 'Estimates of the last 24 hours, of waits of 2 s and more',
    }),
    lanes: z.array(laneFigures),
    tiers: z.array(tierFigures),
    models: z.array(modelToday).meta({ description: 'Today' }),
    webhooks: z.object({ pending: z.int(), dead: z.int(), lag_s: seconds }),
    history: z.object({ minute_days: z.int(), hour_days: z.int(), bytes: z.int() }),
  })
  .meta({ id: 'Overview' });

const workerRun = z.object({ run: z.string(), model: z.string(), lane, for_s: seconds });

export const workers = z
  .object({
    workers: z.array(
      z.object({
        worker: z.string(),
        host: z.string().optional(),
        pid: z.int().optional(),
        started_at: time.optional(),
        heartbeat_age_s: seconds,
        slots: z.int(),
        busy: z.int(),
        memory_bytes: z.int().optional().meta({ description: 'With its slots' }),
        models: z.array(
          z.object({ name: z.string(), version: z.int(), engine: z.string().optional() }),
        ),
        running: z.array(workerRun),
      }),
    ),
  })
  .meta({ id: 'Workers' });

export const receivers = z
  .object({
    receivers: z.array(
      z.object({
        host: z.string(),
        state: z.enum(['answers', 'silent', 'rests', 'unknown']).meta({
          description: 'rests: nothing is sent to it for now. unknown: no worker has sent to it',
        }),
        rests_until: time.optional(),
        last_status: z.int().optional(),
        attempts: z.int().meta({ description: 'Since the workers started' }),
        delivered: z.int(),
        pending: z.int(),
        dead: z.int(),
        p95_s: seconds.optional(),
      }),
    ),
  })
  .meta({ id: 'Receivers' });

const laneWork = z.object({
  queued: z.int(),
  running: z.int(),
  work_seconds: seconds,
  oldest_wait_s: seconds,
});

export const scale = z
  .object({
    slots_wanted: z.int().meta({
      description: 'With so many slots what waits now would begin within 10 s',
    }),
    slots: z.int(),
    work_seconds: seconds.meta({ description: 'What is open takes one slot about so long' }),
    oldest_wait_s: seconds,
    by_lane: z.record(z.string(), laneWork),
  })
  .meta({ id: 'Scale' });
