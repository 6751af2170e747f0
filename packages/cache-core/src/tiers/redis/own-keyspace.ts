import type { Redis } from 'ioredis';
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
export function createOwnKeyspace(redis: Redis, prefix: string): Keyspace {
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
      for await (const keys of redis.scanStream({ match, count: 1000 }))
        if (keys.length > 0) await redis.unlink(keys);
    },
    usage: async () => {
      const [size, memory, stats] = await Promise.all([
        redis.dbsize(),
        redis.info('memory'),
        redis.info('stats'),
      ]);
      return {
        size,
        bytes: figure(memory, 'used_memory'),
        maxBytes: figure(memory, 'maxmemory'),
        evictions: figure(stats, 'evicted_keys'),
      };
    },
  };
}

function figure(info: string, name: string): number {
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
}
