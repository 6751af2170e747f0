import type {
  Cache,
  CacheSimulation,
  InvalidationLog,
  MemoryTier,
  TierName,
} from '@deja/cache-core';
import type { ArtefactIndex, LowerTiers, SharedCounters } from '@deja/cache-core/redis';
import type { JobStores, JobWaiter, RunQueues, SeriesLog, Shards } from '@deja/jobs';
import type { KeyStore, KeyVerifier, SessionStore } from '@deja/keys';
import type { Model } from '@deja/models';
import type { RedisConnections } from '@deja/redis';
import type { Logger, Registry, SharedBound } from '@deja/runtime';
import type { DeliveryStore } from '@deja/webhooks';
import type { Audit } from './audit/audit.ts';
import type { AuditStream } from './audit/audit-stream.ts';
import type { createRequestCounts } from './cache/request-counts.ts';
import type { TenantCounts } from './cache/tenant-counts.ts';
import type { ApiConfig } from './config.ts';
import type { CountMissReason } from './explain/miss-reasons.ts';
import type { HistoryStore } from './history/store.ts';
import type { HitRates } from './http/hit-rates.ts';
import type { Estimator } from './jobs/estimate.ts';
import type { WorkReader } from './jobs/work.ts';
import type { Lease } from './operations/lease.ts';
import type { LookupTimes } from './operations/lookup-times.ts';
import type { Refresher } from './predictions/refresher.ts';

/** Everything that the routes need. main.ts opens it, or a test. */
export interface ApiContext extends JobStores {
  readonly config: ApiConfig;
  /** Undefined: keys are off, and everybody is `EVERYBODY`. */
  readonly keys: KeyVerifier | undefined;
  readonly keyStore: KeyStore;
  readonly sessions: SessionStore;
  readonly audit: Audit;
  readonly auditStream: AuditStream;
  readonly models: ReadonlyMap<string, Model>;
  readonly cache: Cache;
  /** Of each shard. */
  readonly invalidations: readonly Pick<InvalidationLog, 'trust'>[];
  readonly memory: MemoryTier;
  readonly lower: LowerTiers;
  readonly counters: SharedCounters;
  readonly requests: ReturnType<typeof createRequestCounts>;
  /** The same of each tenant. */
  readonly tenantCounts: TenantCounts;
  readonly countMissReason: CountMissReason;
  readonly simulation: CacheSimulation;
  readonly artefacts: ArtefactIndex;
  readonly deliveries: DeliveryStore;
  readonly queues: Pick<RunQueues, 'add' | 'addJoined'>;
  readonly waiter: JobWaiter;
  /** Requests that wait, apart from those with many questions. */
  readonly waits: SharedBound;
  /** Event streams of jobs. */
  readonly streams: SharedBound;
  readonly refresher: Refresher;
  readonly hitRates: HitRates;
  readonly estimator: Estimator;
  readonly work: WorkReader;
  readonly shards: Shards;
  readonly health: Health;
  /** Aborts when this process must stop: waits and streams end, and their clients reconnect elsewhere. */
  readonly stopping: AbortSignal;
  readonly registry: Registry;
  readonly lookupTimes: LookupTimes;
  /** Tiers that are skipped because they are slow or broken, and since when (epoch ms). */
  readonly skippedSince: ReadonlyMap<TierName, number>;
  readonly history: HistoryStore;
  readonly seriesLog: SeriesLog;
  readonly leases: {
    /** Of the replica that tells and keeps the figures of all. */
    readonly figures: Lease;
    /** Of the process that tells what this disk holds. */
    readonly disk: Lease;
  };
  readonly log: Logger;
  /** The name of this process in its figures. */
  readonly replica: string;
}

/** Facts that only the opener of the connections knows. */
interface Health {
  /** `starting` until the first answer of the log, `draining` after a stop signal. */
  state: 'starting' | 'ready' | 'draining';
  readonly redis: RedisHealth;
  readonly cacheRedis: RedisHealth;
}

type RedisHealth = Pick<RedisConnections, 'isUp' | 'trouble'>;
