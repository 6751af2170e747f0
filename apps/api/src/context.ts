import type { Cache, MemoryTier } from '@deja/cache-core';
import type { ArtefactIndex, LowerTiers, SharedCounters } from '@deja/cache-core/redis';
import type {
  DeliveryStore,
  JobWaiter,
  RunQueues,
  RunStore,
  Shard,
  Submitter,
  WorkerRegistry,
} from '@deja/jobs';
import type { Model } from '@deja/models';
import type { Logger, Registry } from '@deja/runtime';
import type { ApiConfig } from './config.ts';
import type { Estimator } from './jobs/estimate.ts';
import type { Refresher } from './predictions/refresher.ts';

/** What the routes need; opened in main.ts, or by a test. */
export interface ApiContext {
  readonly config: ApiConfig;
  readonly models: ReadonlyMap<string, Model>;
  readonly cache: Cache;
  readonly memory: MemoryTier;
  readonly lower: LowerTiers;
  readonly counters: SharedCounters;
  readonly artefacts: ArtefactIndex;
  readonly runs: RunStore;
  readonly deliveries: DeliveryStore;
  readonly queues: RunQueues;
  readonly submitter: Submitter;
  readonly waiter: JobWaiter;
  readonly refresher: Refresher;
  readonly workers: WorkerRegistry;
  readonly estimator: Estimator;
  readonly shard: Shard;
  readonly health: Health;
  /** Aborts when this process is asked to stop: waits and streams end, their clients come back. */
  readonly stopping: AbortSignal;
  readonly registry: Registry;
  readonly log: Logger;
  /** Names this process in its figures. */
  readonly replica: string;
}

/** What only whoever opened the connections can tell. */
interface Health {
  /** `starting` until the log has been heard of, `draining` after a stop signal. */
  state: 'starting' | 'ready' | 'draining';
  readonly redisUp: () => boolean;
  readonly cacheRedisUp: () => boolean;
}
