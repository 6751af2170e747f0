/**
 * The number of shards of an installation. `meta` of the first shard holds it; the first process writes
 * it. A process that differs would look for keys in other shards than the others, so it may ask nothing
 * of the queue Redis: it is found out before its first script, also where Redis was away at its start.
 */
import type { RedisClient } from '@deja/cache-core/redis';
import { ShardCountError } from './errors.ts';
import { define } from './lua/prelude.ts';
import { type Admit, QueueRedis } from './queue-redis.ts';
import type { Shards } from './shard.ts';

/** ARGV: 3 the number to begin with. `held`: how many shards there ever were. */
const countScript = define(`
local count = redis.call('HGET', META, 'shards')
if not count then
  count = redis.call('HEXISTS', META, 'epoch') == 1 and '1' or ARGV[3]
  redis.call('HSET', META, 'shards', count)
end
return { 'count', count, 'held', redis.call('HGET', META, 'shardsheld') or count }
`);

/**
 * Asked again after every reconnect: the number may have changed while this process was cut off.
 *
 * @param onRefused Called when the numbers differ; the process should end.
 */
export function createAdmission(
  redis: RedisClient,
  shards: Shards,
  onRefused: (error: ShardCountError) => void,
): Admit {
  const queue = new QueueRedis(redis, shards.all[0]);
  const own = shards.all.length;
  let isAdmitted = false;
  let asking: Promise<void> | undefined;
  redis.on('close', () => {
    isAdmitted = false;
  });
  const ask = async () => {
    const reply = await queue.ask(countScript, own);
    const count = reply.number('count');
    shards.hold(reply.number('held'));
    isAdmitted = count === own;
    if (isAdmitted) return;
    const error = new ShardCountError(count, own);
    onRefused(error);
    throw error;
  };
  return () => {
    if (isAdmitted) return undefined;
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    return asking;
  };
}
