/**
 * Changes the number of shards, while no process runs (docs/operations.md, "Changing QUEUE_SHARDS").
 *
 * Guarantees, each with a test of the same name:
 *
 *  - nothing changes while a process runs, or while a shard that would go has open runs;
 *  - jobs, results and deliveries stay where they are, and are found by their ids;
 *  - an Idempotency-Key leads to its job under the new number, too;
 *  - an entry whose key comes back to a shard is not served: what was invalidated meanwhile is in another log;
 *  - entries of keys that stay in their shard stay, where the number only grew.
 *
 * A key that moves leaves its entry behind. The new shard's log does not know the entry's token, so it is a
 * miss there. The command may be repeated after a crash.
 */
import { primariesOf, type RedisClient } from '@deja/cache-core/redis';
import { newRandomId } from './ids.ts';
import { define } from './lua/prelude.ts';
import { QueueRedis } from './queue-redis.ts';
import { type Shard, type Shards, shardsOf } from './shard.ts';

export interface ShardState {
  readonly shard: number;
  readonly openRuns: number;
  readonly pendingDeliveries: number;
}

export interface ShardNumbers {
  /** Undefined: no process has run yet. */
  readonly count: number | undefined;
  /** The most that there ever were. */
  readonly held: number;
  /** All numbers that there were, this one included. */
  readonly all: readonly number[];
  readonly shards: readonly ShardState[];
}

/** It can not be done now; the message says why, and what to do. Nothing was changed. */
export class ShardsInUseError extends Error {
  override readonly name = 'ShardsInUseError';
  readonly code = 'SHARDS_IN_USE';
}

const PLACES = 65_536;

/** All tokens of the shard's log become void, as after a loss. ARGV: 3 a random id. */
const renewLogScript = define(`
local h = redis.call('HMGET', META, 'epoch', 'seq', 'log')
if h[1] then head({ epoch = num(h[1]), seq = num(h[2]), log = h[3], id = '' }, ARGV[3]) end
return 1
`);

export async function readShards(redis: RedisClient, namespace: string): Promise<ShardNumbers> {
  const { prefix } = shardsOf(namespace).all[0];
  const fields = ['shards', 'shardsheld', 'shardnumbers', 'epoch'] as const;
  const [shards, held, all, epoch] = await redis.hmget(`${prefix}meta`, ...fields);
  const count = shards || epoch ? Number(shards ?? 1) : undefined;
  const most = Number(held ?? count ?? 0);
  const stateOf = async ({ index, prefix: own }: Shard): Promise<ShardState> => ({
    shard: index,
    openRuns: await redis.zcard(`${own}recheck`),
    pendingDeliveries: await redis.zcard(`${own}out`),
  });
  return {
    ...{ count, held: most, all: all ? all.split(',').map(Number) : count ? [count] : [] },
    shards: await Promise.all(shardsOf(namespace, most).all.map(stateOf)),
  };
}

/** @throws ShardsInUseError. @returns The shards whose entries were given up. */
export async function changeShards(
  redis: RedisClient,
  namespace: string,
  count: number,
): Promise<readonly number[]> {
  const before = await readShards(redis, namespace);
  const old = before.count ?? count;
  await refuseInUse(redis, namespace, count, before);
  const shards = shardsOf(namespace, Math.max(old, count));
  const target = shardsOf(namespace, count);
  await copyClaims(redis, shardsOf(namespace, old), target);
  const renewed = target.all.filter(({ index }) => comeBackTo(index, count, before));
  for (const shard of renewed)
    await new QueueRedis(redis, shard).call(renewLogScript, newRandomId());
  await redis.hset(`${shards.all[0].prefix}meta`, {
    shards: count,
    shardsheld: Math.max(before.held, count),
    shardnumbers: [...new Set([...before.all, count])].join(),
  });
  return renewed.map(({ index }) => index);
}

async function refuseInUse(
  redis: RedisClient,
  namespace: string,
  count: number,
  { count: old, shards }: ShardNumbers,
): Promise<void> {
  const { prefix } = shardsOf(namespace).all[0];
  const now = Number((await redis.time())[0]) * 1000;
  const workers = await redis.zcount(`${prefix}workers`, now - 5000, '+inf');
  if (workers > 0)
    throw new ShardsInUseError(
      `workers run (${workers}): stop all workers and API processes first`,
    );
  if ((await redis.exists(`${prefix}lease:figures`)) > 0)
    throw new ShardsInUseError(
      'an API process runs, or ran until 5 s ago: stop all API processes first',
    );
  const open = shards.filter(({ shard, openRuns }) => shard >= count && openRuns > 0);
  if (open.length === 0) return;
  const runs = open.reduce((sum, { openRuns }) => sum + openRuns, 0);
  throw new ShardsInUseError(
    `${runs} runs are open in shards that would go: start workers with QUEUE_SHARDS=${old} until they have ended`,
  );
}

/**
 * Whether keys come to this shard that belonged to it once, and not until now. Meanwhile their
 * invalidations went to another log.
 */
function comeBackTo(shard: number, count: number, { count: old, all }: ShardNumbers): boolean {
  if (old === undefined) return false;
  for (let place = 0; place < PLACES; place += 1) {
    const comes = place % count === shard && place % old !== shard;
    if (comes && all.some((earlier) => place % earlier === shard)) return true;
  }
  return false;
}

/** Copies stay behind, and expire with their originals: a crash here leaves the old number whole. */
async function copyClaims(redis: RedisClient, from: Shards, to: Shards): Promise<void> {
  for (const { index, prefix } of from.all)
    for (const primary of primariesOf(redis))
      for await (const names of primary.scanStream({ match: `${prefix}x:*`, count: 1000 }))
        for (const name of names as string[]) {
          const digest = name.slice(`${prefix}x:`.length);
          const home = to.ofKey(digest);
          if (home.index === index || from.ofKey(digest).index !== index) continue;
          const [claim, leftMs] = await Promise.all([redis.hgetall(name), redis.pttl(name)]);
          if (leftMs <= 0) continue;
          const copy = `${home.prefix}x:${digest}`;
          await redis.hset(copy, claim);
          await redis.pexpire(copy, leftMs);
        }
}
