import type { Redis } from 'ioredis';
import { primariesOf, type RedisClient } from '../../redis-client.ts';
import { defineScript } from '../../scripts/script.ts';
import type { PutOutcome } from '../../tier.ts';
import type { Keyspace } from './keyspace.ts';
import { putLua, removeLua } from './tier-lua.ts';

const putScript = defineScript(putLua);
const removeScript = defineScript(removeLua);

/**
 * Entries on a server of the cache's own, which may evict them (`maxmemory-policy allkeys-lru`). The
 * figures are the server's own and cover everything on it.
 */
export function createOwnKeyspace(redis: RedisClient, prefix: string): Keyspace {
  const entryKey = (key: string) => `${prefix}c:${key}`;
  return {
    entryKey,
    sizeOf: (value) => value.byteLength,
    put: async (key, stamp, value, px) =>
      (await putScript(redis, entryKey(key), stamp, value, px)) as PutOutcome,
    storeArguments: () => undefined,
    remove: async (key, stamp = '') => {
      await removeScript(redis, entryKey(key), stamp);
    },
    used: () => {}, // the server keeps its own recency
    clear: async () => {
      const match = `${prefix.replace(/[[\]*?\\]/g, '\\$&')}c:*`;
      const clearOne = async (server: Redis) => {
        // One by one: in a Cluster, each key has a slot of its own.
        for await (const keys of server.scanStream({ match, count: 1000 }))
          await Promise.all((keys as string[]).map((key) => redis.unlink(key)));
      };
      await Promise.all(primariesOf(redis).map(clearOne));
    },
    usage: async () => {
      const all = await Promise.all(primariesOf(redis).map(usageOf));
      const sum = (name: keyof ServerUsage) => all.reduce((total, each) => total + each[name], 0);
      return {
        ...{ size: sum('size'), bytes: sum('bytes') },
        ...{ maxBytes: sum('maxBytes'), evictions: sum('evictions') },
      };
    },
  };
}

type ServerUsage = Awaited<ReturnType<typeof usageOf>>;

async function usageOf(server: Redis) {
  const [size, memory, stats] = await Promise.all([
    server.dbsize(),
    server.info('memory'),
    server.info('stats'),
  ]);
  return {
    size,
    bytes: figure(memory, 'used_memory'),
    maxBytes: figure(memory, 'maxmemory'),
    evictions: figure(stats, 'evicted_keys'),
  };
}

function figure(info: string, name: string): number {
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
}
