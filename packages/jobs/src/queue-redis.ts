/** The queue Redis as every store uses it: a shard's names, the limits, and one way to call a script. */
import type { RedisClient, Script, ScriptArgument } from '@deja/cache-core/redis';
import { Reply } from './lua/reply.ts';
import { DEFAULT_JOB_LIMITS, type JobLimits } from './settings.ts';
import type { Shard } from './shard.ts';

export class QueueRedis {
  readonly redis: RedisClient;
  readonly shard: Shard;
  readonly limits: JobLimits;
  readonly #limitsJson: string;

  /** @param limits The same in every process of an installation. Default: `DEFAULT_JOB_LIMITS`. */
  constructor(redis: RedisClient, shard: Shard, limits: Partial<JobLimits> = {}) {
    this.redis = redis;
    this.shard = shard;
    this.limits = { ...DEFAULT_JOB_LIMITS, ...limits };
    this.#limitsJson = JSON.stringify(this.limits);
  }

  /** Calls a script and returns its reply. ARGV: 1 the shard's prefix, 2 the limits, from 3: `args`. */
  async call(script: Script, ...args: readonly ScriptArgument[]): Promise<unknown> {
    const { prefix } = this.shard;
    return await script(this.redis, `${prefix}meta`, prefix, this.#limitsJson, ...args);
  }

  /** The same for a script that replies names and values. */
  async ask(script: Script, ...args: readonly ScriptArgument[]): Promise<Reply> {
    return new Reply(await this.call(script, ...args));
  }
}
