import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { inject } from 'vitest';
import {
  type JobStore,
  type JoinRequest,
  newJobId,
  newRunId,
  openJobStores,
  type RunFailure,
  type RunStore,
  shardOf,
} from '../src/index.ts';
import type { JobLimits } from '../src/settings.ts';

/** Stores of its own on the tests' Redis. */
export function openStore(limits: Partial<JobLimits> = {}) {
  const redis = new Redis(inject('redisUrl'));
  const shard = shardOf(`t${randomUUID().slice(0, 8)}`);
  return {
    redis,
    shard,
    ...openJobStores(redis, shard, limits),
    async [Symbol.asyncDispose]() {
      await redis.quit();
    },
  };
}

export const KEY = 'a'.repeat(64);
export const SHARD = shardOf('test');

/** What a worker says of an attempt that may work the next time. */
export const CRASHED: RunFailure = { code: 'RUN_POISONED', message: 'it crashed' };

export function request(more: Partial<JoinRequest> = {}): JoinRequest {
  return {
    job: newJobId(SHARD),
    run: newRunId(),
    key: KEY,
    model: 'sleep',
    version: 1,
    engine: undefined,
    tags: ['model:sleep'],
    lane: 'long',
    deadlineMs: 60_000,
    ...more,
  };
}

/** Joins and starts; returns the job and its attempt. */
export async function begin(runs: RunStore, more: Partial<JoinRequest> = {}) {
  const asked = request(more);
  const joined = await runs.join(asked, '{}');
  if (joined.outcome === 'done') throw new Error('answered by a run that has ended');
  const started = await runs.start(joined.run, `aid-${joined.run}`);
  if (started.outcome !== 'go') throw new Error(`the run is ${started.outcome}`);
  return { job: asked.job, attempt: started.attempt };
}

export async function statusOf(jobs: JobStore, job: string): Promise<string> {
  const seen = await jobs.read(job);
  return seen.outcome === 'found' ? seen.job.status : seen.outcome;
}
