/** I5: what is still open in the queue Redis. Nothing, once every job has ended. */
import type { Cluster, Redis } from 'ioredis';
import { LANES, type Names } from './names.ts';

const BULLMQ_LISTS = ['wait', 'active', 'paused'];
const BULLMQ_SETS = ['prioritized', 'delayed', 'failed', 'completed'];

/** Names and sizes of what is not empty. */
export async function leftovers(
  redis: Redis | Cluster,
  { prefix, queuePrefix }: Names,
): Promise<string[]> {
  const sizes = new Map<string, number>();
  for (const name of ['recheck', 'deadlines', 'out', ...LANES.map((lane) => `q:${lane}`)])
    sizes.set(name, await redis.zcard(prefix + name));
  for (const kind of ['w', 'i'])
    sizes.set(`${kind}:*`, (await keysOf(redis, `${prefix}${kind}:*`)).length);
  for (const lane of LANES) {
    const queue = `${queuePrefix}:runs-${lane}`;
    for (const list of BULLMQ_LISTS)
      sizes.set(`${lane} ${list}`, await redis.llen(`${queue}:${list}`));
    for (const set of BULLMQ_SETS)
      sizes.set(`${lane} ${set}`, await redis.zcard(`${queue}:${set}`));
  }
  for (const key of await keysOf(redis, `${prefix}k:*`)) {
    const [cur, n] = await redis.hmget(key, 'cur', 'n');
    if (cur || Number(n ?? 0) !== 0) sizes.set(`${key.slice(-12)} n=${n} cur=${cur}`, 1);
  }
  return [...sizes].filter(([, size]) => size > 0).map(([name, size]) => `${name}: ${size}`);
}

export async function keysOf(redis: Redis | Cluster, pattern: string): Promise<string[]> {
  if ('nodes' in redis) {
    const all = redis.nodes('master').map((node) => keysOf(node, pattern));
    return (await Promise.all(all)).flat();
  }
  const keys: string[] = [];
  let cursor = '0';
  do {
    const [next, found] = await redis.scan(cursor, 'MATCH', pattern, 'COUNT', 1000);
    keys.push(...found);
    cursor = next;
  } while (cursor !== '0');
  return keys;
}
