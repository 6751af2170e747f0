/**
 * Lists the artefacts of a group, for example of a `model_id`, and how often they were used; for
 * people.
 *
 * The list lies in the cache role and is only as reliable: it may be evicted or emptied, and it can
 * name artefacts that were invalidated or evicted since. So a reader looks up each entry before it
 * shows it. The list is bounded: `maxArtefacts` over all groups, where the first to expire go
 * first, and 50 for each group.
 *
 * Keys: `ids`: artefact → expiry. `facts`, `uses`, `last`: by artefact. `of:<group>`: artefact →
 * when it was made. All of a shard have its hash tag; an artefact lies in the shard of its key.
 */
import { shardIndexOf } from '../../key.ts';
import { shardPrefixesOf } from '../../names.ts';
import type { RedisClient } from '../../redis-client.ts';
import { defineScript } from '../../scripts/script.ts';

export interface ListedArtefact {
  readonly key: string;
  /** The facts as they were given, plain JSON. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly uses: number;
  /** Unit: epoch ms. Undefined: never. */
  readonly lastUsedAt: number | undefined;
}

interface NewArtefact {
  readonly group: string;
  readonly key: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly keepMs: number;
}

export interface ArtefactIndex {
  add(artefact: NewArtefact): Promise<void>;
  /** Does nothing for an artefact that is not listed. */
  used(key: string): Promise<void>;
  /** Newest first; those of another shard, from before the number of shards changed, behind or before. */
  list(group: string): Promise<ListedArtefact[]>;
}

const MAX_ARTEFACTS = 10_000;
const MAX_OF_GROUP = 50;

const names = `
local P = ARGV[1]
local IDS, FACTS, USES, LAST = P .. 'ids', P .. 'facts', P .. 'uses', P .. 'last'
local clock = redis.call('TIME')
local NOW = clock[1] * 1000 + math.floor(clock[2] / 1000)
local function n(x) return string.format('%.0f', x) end
`;

/** ARGV: 2 group, 3 key, 4 { group, facts } as JSON, 5 ms to keep it, 6 the most artefacts, 7 of a group. */
const add = defineScript(`${names}
local function drop(keys)
  for _, key in ipairs(keys) do
    local facts = redis.call('HGET', FACTS, key)
    if facts then redis.call('ZREM', P .. 'of:' .. cjson.decode(facts).group, key) end
    redis.call('ZREM', IDS, key)
    for _, hash in ipairs({ FACTS, USES, LAST }) do redis.call('HDEL', hash, key) end
  end
end
local OF, key, keep = P .. 'of:' .. ARGV[2], ARGV[3], tonumber(ARGV[5])
redis.call('HSET', FACTS, key, ARGV[4])
redis.call('ZADD', IDS, n(NOW + keep), key)
redis.call('ZADD', OF, n(NOW), key)
redis.call('HDEL', USES, key)
redis.call('HDEL', LAST, key)
drop(redis.call('ZRANGEBYSCORE', IDS, '-inf', n(NOW), 'LIMIT', 0, 20))
drop(redis.call('ZRANGE', IDS, 0, -tonumber(ARGV[6]) - 1))
drop(redis.call('ZRANGE', OF, 0, -tonumber(ARGV[7]) - 1))
for _, name in ipairs({ OF, IDS, FACTS, USES, LAST }) do
  if redis.call('PTTL', name) < keep then redis.call('PEXPIRE', name, n(keep)) end
end
return 1
`);

/** ARGV: 2 key. */
const use = defineScript(`${names}
if redis.call('HEXISTS', FACTS, ARGV[2]) == 0 then return 0 end
redis.call('HINCRBY', USES, ARGV[2], 1)
redis.call('HSET', LAST, ARGV[2], n(NOW))
for _, name in ipairs({ USES, LAST }) do redis.call('PEXPIRE', name, redis.call('PTTL', FACTS)) end
return 1
`);

/** ARGV: 2 group. Replies a flat list of key, facts, uses, last use. */
const list = defineScript(`${names}
local found = {}
for _, key in ipairs(redis.call('ZREVRANGE', P .. 'of:' .. ARGV[2], 0, -1)) do
  local facts = redis.call('HGET', FACTS, key)
  if facts then
    found[#found + 1] = key
    found[#found + 1] = facts
    found[#found + 1] = redis.call('HGET', USES, key) or '0'
    found[#found + 1] = redis.call('HGET', LAST, key) or ''
  end
end
return found
`);

/**
 * @param namespace `REDIS_PREFIX`.
 * @param maxArtefacts Of all shards together.
 * @param shards The number of shards.
 */
export function createArtefactIndex(
  redis: RedisClient,
  namespace: string,
  { maxArtefacts = MAX_ARTEFACTS, shards = 1 } = {},
): ArtefactIndex {
  const prefixes = shardPrefixesOf(namespace, shards).map((prefix) => `${prefix}art:`);
  const prefixOf = (key: string) => prefixes[shardIndexOf(key, shards)] as string;
  const idsOf = (prefix: string) => `${prefix}ids`;
  return {
    async add({ group, key, facts, keepMs }) {
      const json = JSON.stringify({ group, facts });
      const bounds = [Math.ceil(maxArtefacts / shards), MAX_OF_GROUP] as const;
      const prefix = prefixOf(key);
      await add(redis, idsOf(prefix), prefix, group, key, json, Math.ceil(keepMs), ...bounds);
    },
    async used(key) {
      const prefix = prefixOf(key);
      await use(redis, idsOf(prefix), prefix, key);
    },
    async list(group) {
      const lists = prefixes.map((prefix) => list(redis, idsOf(prefix), prefix, group));
      return ((await Promise.all(lists)) as string[][]).flatMap(listedIn);
    },
  };
}

/** @param flat Key, facts, uses, last use of each. */
function listedIn(flat: readonly string[]): ListedArtefact[] {
  const found: ListedArtefact[] = [];
  for (let at = 0; at + 3 < flat.length; at += 4) {
    const [key = '', json = '', uses, last] = flat.slice(at, at + 4);
    const { facts } = JSON.parse(json) as Pick<ListedArtefact, 'facts'>;
    found.push({ key, facts, uses: Number(uses), lastUsedAt: last ? Number(last) : undefined });
  }
  return found;
}
