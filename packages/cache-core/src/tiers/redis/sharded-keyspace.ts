import { shardIndexOf } from '../../key.ts';
import type { Keyspace } from './keyspace.ts';

/** Entries in the shards of their keys. Figures are sums. */
export function createShardedKeyspace(shards: readonly Keyspace[]): Keyspace {
  const of = (key: string) => shards[shardIndexOf(key, shards.length)] as Keyspace;
  return {
    entryKey: (key) => of(key).entryKey(key),
    sizeOf: (value) => (shards[0] as Keyspace).sizeOf(value),
    put: (key, ...rest) => of(key).put(key, ...rest),
    storeArguments: (key, ...rest) => of(key).storeArguments(key, ...rest),
    remove: (key, stamp) => of(key).remove(key, stamp),
    used: (key) => of(key).used(key),
    clear: async () => void (await Promise.all(shards.map((shard) => shard.clear()))),
    usage: async () => {
      const usages = await Promise.all(shards.map((shard) => shard.usage()));
      const sum = (what: 'size' | 'bytes' | 'maxBytes' | 'evictions') =>
        usages.reduce((all, usage) => all + usage[what], 0);
      return {
        ...{ size: sum('size'), bytes: sum('bytes') },
        ...{ maxBytes: sum('maxBytes'), evictions: sum('evictions') },
      };
    },
  };
}
