/**
 * The scripts of keys on the queue Redis (docs/protocol.md#api-keys). Keys lie in the first shard:
 * KEYS[1] is its `meta`, ARGV[1] its prefix.
 */
import { defineScript } from '@deja/cache-core/redis';

/** Who has ended rights announces a new version: every process then reads again what it has verified. */
export const announce = `
local function announce(version)
  redis.call('HSET', KEYS[1], 'keysversion', version)
  redis.call('PUBLISH', ARGV[1] .. 'notify', 'keys ' .. version)
end
`;

const names = `
local P = ARGV[1]
local KEYS_HASH, USED = P .. 'keys', P .. 'keysused'
local clock = redis.call('TIME')
local NOW = clock[1] * 1000 + math.floor(clock[2] / 1000)
`;

/**
 * READ KEYS: replies the version and the records with these ids, and notes which keys were used. A key's
 * note is written at most once in ARGV[2] ms, whoever asks for it. The id `session:<digest>` reads the key
 * of a session, behind the ms that the session has left and whose it is.
 *
 * A server that has become a replica may hold revoked keys as valid ones. The write at the beginning
 * changes nothing, and a replica refuses it.
 *
 * ARGV: 3 how many were used, their ids, the ids to read.
 */
export const readKeysScript = defineScript(`${names}
local refused = redis.pcall('DEL', P .. 'none')
if type(refused) == 'table' and string.find(refused.err, 'READONLY', 1, true) then return refused end
local used = tonumber(ARGV[3])
for i = 4, 3 + used do
  local last = tonumber(redis.call('HGET', USED, ARGV[i]) or 0)
  if NOW - last >= tonumber(ARGV[2]) and redis.call('HEXISTS', KEYS_HASH, ARGV[i]) == 1 then
    redis.pcall('HSET', USED, ARGV[i], string.format('%.0f', NOW)) -- it can wait where Redis takes no writes
  end
end
local reply = { redis.call('HGET', KEYS[1], 'keysversion') or '' }
for i = 4 + used, #ARGV do
  local id, session = ARGV[i], ''
  if string.sub(id, 1, 8) == 'session:' then
    id = redis.call('GET', P .. ARGV[i]) or ''
    if id ~= '' then session = redis.call('PTTL', P .. ARGV[i]) .. ' ' .. id .. ' ' end
  end
  reply[#reply + 1] = session .. (redis.call('HGET', KEYS_HASH, id) or '')
end
return reply
`);

/**
 * WRITE KEYS: replaces records, all of them or none. Replies 'written', 'changed' if one is not what the
 * caller has read, or 'full'. Before it says 'full', it forgets the keys that have ended.
 *
 * Where rights end, there is a version, and every process is told. Such a call begins with a delete, which
 * lets it through the check for memory: a full Redis must not keep anybody from revoking a key.
 *
 * ARGV: 2 the most keys, 3 the new version or '', then for each record its id, the one before or '', the new one.
 */
export const writeKeysScript = defineScript(`${names}${announce}
if ARGV[3] ~= '' then redis.call('DEL', P .. 'none') end
local function hasEnded(record)
  local key = cjson.decode(record)
  return key.revokedAt ~= nil or (key.expiresAt ~= nil and key.expiresAt <= NOW)
end
local added = 0
for i = 4, #ARGV, 3 do
  local is = redis.call('HGET', KEYS_HASH, ARGV[i]) or ''
  if is ~= ARGV[i + 1] and is ~= ARGV[i + 2] then return 'changed' end
  if is == '' then added = added + 1 end
end
if added > 0 and redis.call('HLEN', KEYS_HASH) + added > tonumber(ARGV[2]) then
  local all = redis.call('HGETALL', KEYS_HASH)
  for i = 1, #all, 2 do
    if hasEnded(all[i + 1]) then
      redis.call('HDEL', KEYS_HASH, all[i])
      redis.call('HDEL', USED, all[i])
    end
  end
  if redis.call('HLEN', KEYS_HASH) + added > tonumber(ARGV[2]) then return 'full' end
end
for i = 4, #ARGV, 3 do redis.call('HSET', KEYS_HASH, ARGV[i], ARGV[i + 2]) end
if ARGV[3] ~= '' then announce(ARGV[3]) end
return 'written'
`);
