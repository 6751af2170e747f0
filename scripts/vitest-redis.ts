import { startRedis } from '@deja/local-redis';
import type { TestProject } from 'vitest/node';

/** One Redis for the whole run; tests get its address with `inject('redisUrl')`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const redis = await startRedis();
  project.provide('redisUrl', redis.url);
  return redis.stop;
}
