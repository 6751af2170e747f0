/** The stores in the queue Redis, except that of deliveries. */
import type { RedisClient } from '@deja/cache-core/redis';
import { QueueRedis, type QueueShards } from './queue-redis.ts';
import { AskedQuestions } from './runs/asked.ts';
import { Figures } from './runs/figures.ts';
import { IdempotencyKeys } from './runs/idempotency.ts';
import { JobStore } from './runs/job-store.ts';
import { OperatorRuns } from './runs/operator-runs.ts';
import { RunStore } from './runs/run-store.ts';
import type { JobLimits } from './settings.ts';
import type { Shard } from './shard.ts';
import { WorkerRegistry } from './worker-registry.ts';

export interface JobStores {
  readonly runs: RunStore;
  readonly jobs: JobStore;
  readonly idempotency: IdempotencyKeys;
  readonly asked: AskedQuestions;
  readonly figures: Figures;
  readonly workers: WorkerRegistry;
  readonly operatorRuns: OperatorRuns;
}

/** Of one shard. The caller keeps the connection and closes it. */
export function openJobStores(
  redis: RedisClient,
  shard: Shard,
  limits: Partial<JobLimits> = {},
): JobStores {
  return jobStoresOf(new QueueRedis(redis, shard, limits));
}

/** Of all shards: each call goes to the right one, and what tells of all of them is the sum. */
export function jobStoresOf(queues: QueueShards): JobStores {
  return {
    runs: new RunStore(queues),
    jobs: new JobStore(queues),
    idempotency: new IdempotencyKeys(queues),
    asked: new AskedQuestions(queues),
    figures: new Figures(queues),
    workers: new WorkerRegistry(queues),
    operatorRuns: new OperatorRuns(queues),
  };
}
