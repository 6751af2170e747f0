/** Opens the stores of one shard in the queue Redis, except that of deliveries. */
import type { RedisClient } from '@deja/cache-core/redis';
import { QueueRedis } from './queue-redis.ts';
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

/** The caller keeps the connection and closes it. */
export function openJobStores(
  redis: RedisClient,
  shard: Shard,
  limits: Partial<JobLimits> = {},
): JobStores {
  const queueRedis = new QueueRedis(redis, shard, limits);
  return {
    runs: new RunStore(queueRedis),
    jobs: new JobStore(queueRedis),
    idempotency: new IdempotencyKeys(queueRedis),
    asked: new AskedQuestions(queueRedis),
    figures: new Figures(queueRedis),
    workers: new WorkerRegistry(queueRedis),
    operatorRuns: new OperatorRuns(queueRedis),
  };
}
