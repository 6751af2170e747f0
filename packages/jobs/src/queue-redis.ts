/** The queue Redis as every store uses it: a shard's names, the limits, and one way to call a script. */
import type { RedisClient, Script, ScriptArgument } from '@deja/cache-core/redis';
import { Reply } from './lua/reply.ts';
import { DEFAULT_JOB_LIMITS, type JobLimits, limitsOfShard } from './settings.ts';
import type { Shard, Shards } from './shard.ts';

/** Undefined: go on. Otherwise wait for it; it rejects if this process may not. */
export type Admit = () => Promise<void> | undefined;

/** What the stores need of all shards. One shard is all that a `QueueRedis` has. */
export type QueueShards = Pick<Shards<QueueRedis>, 'all' | 'served' | 'ofKey' | 'ofRun' | 'ofJob'>;

export class QueueRedis implements QueueShards {
  readonly redis: RedisClient;
  readonly shard: Shard;
  readonly limits: JobLimits;
  readonly all = [this] as const;
  readonly #limitsJson: string;
  readonly #admit: Admit | undefined;

  /**
   * @param limits The same in every process of an installation. Default: `DEFAULT_JOB_LIMITS`.
   * @param admit Lets the first call through. Default: nobody is asked.
   */
  constructor(redis: RedisClient, shard: Shard, limits: Partial<JobLimits> = {}, admit?: Admit) {
    this.redis = redis;
    this.shard = shard;
    this.limits = { ...DEFAULT_JOB_LIMITS, ...limits };
    this.#limitsJson = JSON.stringify(this.limits);
    this.#admit = admit;
  }

  /** Calls a script and returns its reply. ARGV: 1 the shard's prefix, 2 the limits, from 3: `args`. */
  async call(script: Script, ...args: readonly ScriptArgument[]): Promise<unknown> {
    const { prefix } = this.shard;
    const admitted = this.#admit?.();
    if (admitted) await admitted;
    return await script(this.redis, `${prefix}meta`, prefix, this.#limitsJson, ...args);
  }

  /** The same for a script that replies names and values. */
  async ask(script: Script, ...args: readonly ScriptArgument[]): Promise<Reply> {
    return new Reply(await this.call(script, ...args));
  }

  readonly served = () => this.all;
  readonly ofKey = () => this;
  readonly ofRun = () => this;
  readonly ofJob = () => this;
}

/** @param limits Of all shards together: each has its part of them. */
export function openQueues(
  redis: RedisClient,
  shards: Shards,
  limits: Partial<JobLimits> = {},
  admit?: Admit,
): Shards<QueueRedis> {
  const own = limitsOfShard({ ...DEFAULT_JOB_LIMITS, ...limits }, shards.all.length);
  return shards.map((shard) => new QueueRedis(redis, shard, own, admit));
}

/** What every shard that is served says, one after the other. */
export async function askAll<T>(
  { served }: Pick<QueueShards, 'served'>,
  ask: (queue: QueueRedis) => Promise<T>,
): Promise<T[]> {
  return await Promise.all(served().map(ask));
}

/** What those say that answer: one that is out of reach holds up no other. Rejects if none answers. */
export async function askWhoAnswers<T>(
  { served }: Pick<QueueShards, 'served'>,
  ask: (queue: QueueRedis, at: number) => Promise<T>,
): Promise<T[]> {
  const asked = await Promise.allSettled(served().map(ask));
  const said = asked.filter((one) => one.status === 'fulfilled').map(({ value }) => value);
  const [first] = asked;
  if (said.length === 0 && first?.status === 'rejected') throw first.reason;
  return said;
}
