/**
 * ENTRY-WRITE and the other scripts of the Redis tier on the cache Redis (docs/protocol.md#entries).
 *
 * A value is an order (48 digits of epoch, seq and run sequence), a mark (16 hex digits of the
 * token's id) and the entry's bytes. The order has a fixed width and compares as text: no script
 * parses an entry.
 *
 * If entries share the queue's server, which evicts nothing, four keys beside them do the
 * bookkeeping: ZSET lru (last use, µs), ZSET exp (expiry, ms), HASH sizes, STRING bytes (the sum).
 * All have the entries' hash tag and change in the same script as the entries. They keep an expired
 * entry until it is removed, so the sum is never less than the memory in use.
 *
 * KEYS[1] is the entry's key; with bookkeeping, ARGV[1] is the prefix of all keys. A script that
 * stores writes before it deletes, so that a full server refuses it. A script that only frees
 * memory deletes first, so that a full server does not refuse it.
 */
import { linkLua } from '../../scripts/link-lua.ts';

/** Whether the stored entry is newer (R27). A damaged order is not. */
const order = `
local function newer(entryKey, stamp)
  local there = redis.call('GETRANGE', entryKey, 0, 47)
  return string.find(there, '^%d+$') and there > string.sub(stamp, 1, 48)
end
`;

/** ARGV: order and mark, value, px or 0 to refuse it. */
export const putLua = `${order}
if newer(KEYS[1], ARGV[1]) then return 'older' end
if ARGV[3] == '0' then
  redis.call('UNLINK', KEYS[1])
  return 'refused'
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 'stored'
`;

/** ARGV: the first 64 bytes that the value must have, or '' for any value. */
export const removeLua = `
if ARGV[1] == '' or redis.call('GETRANGE', KEYS[1], 0, 63) == ARGV[1] then
  redis.call('UNLINK', KEYS[1])
end
return 1
`;

/**
 * For every script that stores an entry with its books, in packages/jobs, too. It needs P, the prefix,
 * clock, the server's, NOW, that in ms, and n, a number as text.
 */
export const storeLua = `${order}
local LRU, EXP, SIZES, BYTES = P .. 'cache:lru', P .. 'cache:exp', P .. 'cache:sizes', P .. 'cache:bytes'
local US = n(clock[1] * 1000000 + clock[2])
local function heldBytes() return tonumber(redis.call('GET', BYTES) or '0') end

-- takes entries and their books away, in the order of 'keys', while more than 'limit' bytes are held
local function dropEntries(keys, limit)
  if #keys == 0 then return 0 end
  local sizes = redis.call('HMGET', SIZES, unpack(keys))
  local over, freed, gone, entries = heldBytes() - limit, 0, {}, {}
  for i, key in ipairs(keys) do
    if freed >= over then break end
    freed = freed + tonumber(sizes[i] or '0')
    gone[i], entries[i] = key, P .. 'c:' .. key
  end
  if #gone == 0 then return 0 end
  redis.call('UNLINK', unpack(entries)) -- first: a full server refuses DECRBY before it
  redis.call('DECRBY', BYTES, n(freed))
  redis.call('HDEL', SIZES, unpack(gone))
  redis.call('ZREM', LRU, unpack(gone))
  redis.call('ZREM', EXP, unpack(gone))
  return #gone
end
local NO_ENTRIES = -1e15
local function sweepEntries(count)
  return dropEntries(redis.call('ZRANGEBYSCORE', EXP, '-inf', n(NOW), 'LIMIT', 0, count), NO_ENTRIES)
end

-- px, size and limit: text, as they come as arguments
local function storeEntry(key, stamp, value, px, size, limit)
  local entryKey, most = P .. 'c:' .. key, tonumber(limit)
  if newer(entryKey, stamp) then return 'older', 0 end
  redis.call('SET', entryKey, value, 'PX', px)
  local counted = tonumber(redis.call('HGET', SIZES, key) or '0')
  redis.call('HSET', SIZES, key, size)
  redis.call('INCRBY', BYTES, n(size - counted))
  redis.call('ZADD', LRU, US, key)
  redis.call('ZADD', EXP, n(NOW + px), key)

  sweepEntries(20)
  local evicted = 0
  while heldBytes() > most do
    if sweepEntries(100) == 0 then
      local oldest = redis.call('ZRANGE', LRU, 0, 99)
      for i, other in ipairs(oldest) do
        if other == key then table.remove(oldest, i) break end
      end
      local gone = dropEntries(oldest, most)
      if gone == 0 then break end
      evicted = evicted + gone
    end
  end
  return 'stored', evicted
end
`;

const withBooks = (lua: string): string =>
  linkLua(
    `
local P = ARGV[1]
local clock = redis.call('TIME')
local NOW = clock[1] * 1000 + math.floor(clock[2] / 1000)
local function n(x) return string.format('%.0f', x) end
${storeLua}`,
    lua,
  );

/** ARGV: prefix, order and mark, value, px or 0, key, its size, the most bytes. */
export const putBoundLua = withBooks(`
local key, stamp, px = ARGV[5], ARGV[2], ARGV[4]
if px ~= '0' then return { storeEntry(key, stamp, ARGV[3], px, ARGV[6], ARGV[7]) } end
if newer(KEYS[1], stamp) then return { 'older', 0 } end
dropEntries({ key }, NO_ENTRIES)
return { 'refused', 0 }
`);

/** ARGV: prefix, first 64 bytes or '', key. */
export const removeBoundLua = withBooks(`
if ARGV[2] == '' or redis.call('GETRANGE', KEYS[1], 0, 63) == ARGV[2] then dropEntries({ ARGV[3] }, NO_ENTRIES) end
return 1
`);

/** Marks an entry as just used; does nothing if it is gone. ARGV: prefix, key. */
export const touchLua = withBooks(`
redis.call('ZADD', LRU, 'XX', US, ARGV[2])
return 1
`);

/** Removes up to 500 entries, the oldest first. Replies with their number. */
export const clearBoundLua = withBooks(`
local gone = dropEntries(redis.call('ZRANGE', LRU, 0, 499), NO_ENTRIES)
if gone == 0 then redis.call('UNLINK', LRU, EXP, SIZES, BYTES) end
return gone
`);

/** Removes up to 500 expired entries. Replies with their number, and with the entries and bytes left. */
export const usageLua = withBooks(`
local gone = sweepEntries(500)
return { gone, redis.call('ZCARD', LRU), n(heldBytes()) }
`);
