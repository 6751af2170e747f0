/**
 * The invalidation log's part of every script on the queue Redis (docs/protocol.md#invalidation-log).
 *
 * `logPrelude` defines, for the scripts here and in packages/jobs, the names of the log's keys, the
 * server's clock, and two functions. `head` also detects that the log has lost records. `fenced`
 * tells whether a token is older than an invalidation that concerns it, or the tenant that asks. Keys are derived from
 * ARGV[1], the shard's prefix; KEYS[1] is its `meta`, so that a cluster routes the call.
 */
export const logPrelude = `
local P = ARGV[1]
local META = P .. 'meta'
local LOG = P .. 'log'
local FLOOR = P .. 'floor'
local CHANNEL = P .. 'notify'
local function floorsOf(tenant) return FLOOR .. ':' .. tenant end
local clock = redis.call('TIME')
local NOW = clock[1] * 1000 + math.floor(clock[2] / 1000)
local function n(x) return string.format('%.0f', x) end
local function num(x) return x and tonumber(x) or nil end

-- Of a seq that the log has reached. A tenant's record that was dropped had the id of the one before it (R35).
local function recordId(seq)
  local r = redis.call('XREVRANGE', LOG, n(seq) .. '-0', '-', 'COUNT', 1)
  return r[1] and r[1][2][2] or nil
end

-- known: the position {log, epoch, seq, id} that the caller remembers, or nil; freshId: a random id.
-- A log keeps the birth id in 'log', whatever it loses. Who remembers another log may remember later
-- invalidations than this one knows: its epoch has to be below this log's.
local function head(known, freshId)
  local h = redis.call('HMGET', META, 'epoch', 'seq', 'id', 'first', 'log')
  local m = { epoch = num(h[1]), seq = num(h[2]), id = h[3], first = num(h[4]), log = h[5] }
  local lost = not m.epoch
    or (known and (known.epoch > m.epoch                                  -- R1
      or (known.epoch == m.epoch and (known.log ~= m.log or known.seq > m.seq -- R2
        or (known.seq >= m.first and recordId(known.seq) ~= known.id))))) -- R3
  if lost then
    m = {
      epoch = math.max(NOW, (m.epoch or 0) + 1, known and known.epoch + 1 or 0),
      seq = math.max(m.seq or 0, known and known.seq or 0) + 1,
      id = freshId,
      log = m.log or freshId,
    }
    m.first = m.seq
    redis.call('HSET', META, 'epoch', n(m.epoch), 'seq', n(m.seq), 'id', m.id, 'first', n(m.first), 'log', m.log)
    redis.call('DEL', LOG, FLOOR)
    redis.call('XADD', LOG, n(m.seq) .. '-0', 'i', m.id, 's', '-')
    redis.call('PUBLISH', CHANNEL, 'inv ' .. n(m.seq))
  end
  local reset = not known or known.epoch ~= m.epoch or known.seq < m.first -- R4
  return m, reset
end

local function isBelow(floors, seq, scopes)
  for _, floor in ipairs(redis.call('HMGET', floors, unpack(scopes))) do
    if floor and num(floor) > seq then return true end
  end
  return false
end

-- may an answer with this token still be given to a new request of this tenant, or stored? nil: of anybody
local function fenced(epoch, seq, scopes, tenant)
  local h = redis.call('HMGET', META, 'epoch', 'first')
  if num(h[1]) ~= epoch or seq < num(h[2]) then return true end
  return isBelow(FLOOR, seq, scopes) or tenant and isBelow(floorsOf(tenant), seq, scopes) or false -- R34
end
`;

/** ARGV after the prefix: a random id; log, epoch, seq and id of the known position, or four times ''. */
const known = `
local known = ARGV[3] ~= '' and { log = ARGV[3], epoch = tonumber(ARGV[4]), seq = tonumber(ARGV[5]), id = ARGV[6] } or nil
`;

/** What a replica needs to catch up: the head, and up to 1,000 records. */
const page = `
local from = reset and n(m.first) .. '-0' or '(' .. n(known.seq) .. '-0'
local rows = redis.call('XRANGE', LOG, from, '+', 'COUNT', 1001)
local more = #rows > 1000
local records = {}
for i = 1, math.min(#rows, 1000) do
  local row = rows[i]
  records[#records + 1] = string.match(row[1], '^(%d+)')
  records[#records + 1] = row[2][2]
  records[#records + 1] = row[2][4]
end
return { m.log, n(m.epoch), n(m.seq), n(m.first), reset and 1 or 0, more and 1 or 0, records }
`;

/**
 * Whoever asks a server that has become a replica must learn it, though it writes nothing: what a
 * replica knows may be old. This write changes nothing, and a replica refuses it.
 */
const onPrimary = `
local refused = redis.pcall('DEL', P .. 'none')
if type(refused) == 'table' and string.find(refused.err, 'READONLY', 1, true) then return refused end
`;

/** ARGV[7]: 'rotate' to start a new epoch if another server wrote the log. */
export const catchUpLua = `${onPrimary}${known}
if ARGV[7] == 'rotate' then
  local server = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  local h = redis.call('HMGET', META, 'run_id', 'epoch', 'seq', 'log')
  if h[1] ~= server and h[2] then
    redis.call('HSET', META, 'run_id', server)
    -- as if a record had been written over (R3): whoever wrote it may have lost others
    if h[1] then known = { log = h[4], epoch = tonumber(h[2]), seq = tonumber(h[3]), id = '' } end
  end
end
local m, reset = head(known, ARGV[2])
${page}`;

/**
 * A tenant's record. It has the id of the record before it, so that it can be dropped: whoever remembers
 * a dropped record is judged by that id. On a server with another history, which may have lost records
 * under that id, a record with a new id goes before it (R35). It replaces the record of its scope; with a
 * tenth of the log, it is of all that the tenant may be served, and replaces all that it has (R36).
 */
const tenantLua = `
local function appendOfTenant(m, tenant, scope, freshId, most)
  local floors = floorsOf(tenant)
  local history = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
  if redis.call('HGET', META, 'history') ~= history then
    append(m, freshId, '-')
    redis.call('HSET', META, 'history', history)
  end
  if redis.call('HEXISTS', floors, scope) == 0 and redis.call('HLEN', floors) >= most / 10 then
    scope = '*'
  end
  append(m, m.id, 'T:' .. tenant .. (scope == '*' and '' or ':' .. scope))
  local covered = scope == '*' and redis.call('HVALS', floors) or redis.call('HMGET', floors, scope)
  for _, seq in ipairs(covered) do
    if seq then redis.call('XDEL', LOG, seq .. '-0') end
  end
  if scope == '*' then redis.call('DEL', floors) end
  redis.call('HSET', floors, scope, n(m.seq))
  m.first = oldest(1)
end
`;

/**
 * ARGV[7] scope, ARGV[8] the most records that the log keeps, ARGV[9] the most of them in a minute, or 0,
 * ARGV[10] the tenant whose scope it is, or ''. Replies 'refused' and for how many ms if there were so
 * many, of the tenant or of everybody's.
 */
export const invalidateLua = `
local function append(m, id, scope)
  m.seq, m.id = m.seq + 1, id
  redis.call('XADD', LOG, n(m.seq) .. '-0', 'i', id, 's', scope)
end
-- the seq of the oldest record but \`at\` - 1, and its scope
local function oldest(at)
  local row = redis.call('XRANGE', LOG, '-', '+', 'COUNT', at)[at]
  return tonumber(string.match(row[1], '^(%d+)')), row[2][4]
end
${tenantLua}${known}
local scope, most, maxPerMinute, tenant = ARGV[7], tonumber(ARGV[8]), tonumber(ARGV[9]), ARGV[10]
if maxPerMinute > 0 then
  local counter = P .. 'invalidations' .. (tenant == '' and '' or ':' .. tenant)
  local made = redis.call('INCR', counter)
  if made == 1 then redis.call('PEXPIRE', counter, 60000) end
  if made > maxPerMinute then return { 'refused', redis.call('PTTL', counter) } end
end
local m, reset = head(known, ARGV[2] .. 'b')
if tenant == '' then
  append(m, ARGV[2], scope)
  redis.call('HSET', FLOOR, scope, n(m.seq))
else
  appendOfTenant(m, tenant, scope, ARGV[2], most)
end
if tenant == '' and scope == '*' then
  redis.call('XTRIM', LOG, 'MAXLEN', 1)
  redis.call('DEL', FLOOR)
  redis.call('HSET', FLOOR, '*', n(m.seq))
  m.first = m.seq
else
  while redis.call('XLEN', LOG) > most do
    local seq, old = oldest(1)
    m.first = oldest(2)
    redis.call('XDEL', LOG, n(seq) .. '-0')
    local owner, own = string.match(old, '^T:([^:]+):?(.*)')
    local floors = owner and floorsOf(owner) or FLOOR
    if own then old = own == '' and '*' or own end
    if num(redis.call('HGET', floors, old)) == seq then redis.call('HDEL', floors, old) end
  end
end
redis.call('HSET', META, 'seq', n(m.seq), 'id', m.id, 'first', n(m.first))
redis.call('PUBLISH', CHANNEL, 'inv ' .. n(m.seq))
reset = reset or (known and known.seq < m.first)
${page}`;
