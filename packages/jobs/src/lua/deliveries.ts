import { limitsArgument } from './prelude.ts';

/**
 * TAKE: rows that are due are handed over, each by one mover: the row stays, and comes again after
 * the lease if nothing is heard of it (R29). ARGV: 2 limits, 3 the list where handed-over ones wait,
 * 4 how many may wait there, 5 how many to take, 6 lease in ms. Replies ms until the next row is due,
 * or -1; then id and turn of each.
 */
export const takeLua = `
local taken = {}
local room = math.min(tonumber(ARGV[5]), tonumber(ARGV[4]) - redis.call('LLEN', ARGV[3]))
if room > 0 then
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', OUT, '-inf', n(NOW), 'LIMIT', 0, room)) do
    local turn = redis.call('HGET', deliveryKey(id), 'turn')
    if turn then
      redis.call('ZADD', OUT, 'XX', n(NOW + tonumber(ARGV[6])), id)                      -- R29
      taken[#taken + 1], taken[#taken + 2] = id, turn
    else
      redis.call('ZREM', OUT, id)
    end
  end
end
local first = redis.call('ZRANGE', OUT, 0, 0, 'WITHSCORES')
return { n(first[2] and math.max(0, num(first[2]) - NOW) or -1), unpack(taken) }
`;

const turn = `${limitsArgument}
local id, key = ARGV[3], deliveryKey(ARGV[3])
local h = fieldsOf(key, 'state', 'turn', 'tries', 'retain', 'log', 'since')
if h.state ~= 'pending' or h.turn ~= ARGV[4] then return 0 end                           -- R30
redis.call('HINCRBY', key, 'turn', 1)

local function again(inMs)
  local due = n(NOW + tonumber(inMs))
  redis.call('HSET', key, 'due', due)
  redis.call('ZADD', OUT, 'XX', due, id)
end

local function finish(state)
  redis.call('HSET', key, 'state', state)
  redis.call('ZADD', OUT_FIN, n(NOW), id)
  if state == 'dead' then redis.call('ZADD', OUT_DEAD, n(NOW), id) end
  redis.call('HINCRBY', OUT_COUNTS, 'deliveries|' .. state, 1)
  redis.call('ZREM', OUT, id)
  redis.call('PEXPIRE', key, limits.deliveryRetainMs)
  -- Who was reached has it. What asked not to be stored is kept for no other attempt either.
  if state ~= 'dead' or (num(h.retain) or 0) < limits.retainMs then redis.call('HDEL', key, 'body') end
  local over = redis.call('ZCARD', OUT) + redis.call('ZCARD', OUT_FIN) - limits.maxDeliveries
  local oldest = redis.call('ZRANGE', OUT_FIN, 0, over > 1 and 19 or 1, 'WITHSCORES')
  for i = 1, #oldest, 2 do
    if over <= 0 and num(oldest[i + 1]) > NOW - limits.deliveryRetainMs then break end
    over = over - 1
    redis.call('ZREM', OUT_FIN, oldest[i])
    redis.call('ZREM', OUT_DEAD, oldest[i])
    redis.call('DEL', deliveryKey(oldest[i]))
  end
end
`;

/**
 * PUT BACK: no attempt was made, or none that counts. ARGV: 3 id, 4 turn, 5 ms until it is due, 6 the
 * age at which it is given up all the same, in ms. Replies 1; 2: given up.
 */
export const putBackLua = `${turn}
if NOW - num(h.since) > tonumber(ARGV[6]) then
  finish('dead')
  return 2
end
again(ARGV[5])
return 1
`;

/**
 * SETTLE: an attempt was made. ARGV: 3 id, 4 turn, 5 the state that follows, 6 ms until the next
 * attempt, 7 status code or '', 8 how long it took in ms, 9 its outcome, in a word.
 */
export const settleLua = `${turn}
local state, tries = ARGV[5], num(h.tries) + 1
local line = table.concat({ n(NOW - tonumber(ARGV[8])), ARGV[8], ARGV[7], ARGV[9] }, ' ')
local log = (h.log or '') .. line .. '\\n'
if tries > 30 then log = string.gsub(log, '^[^\\n]*\\n', '', 1) end -- the last ones tell enough
redis.call('HSET', key, 'tries', tries, 'code', ARGV[7], 'log', log)
redis.call('HINCRBY', OUT_COUNTS, 'attempts|' .. ARGV[9], 1)
if state == 'pending' then
  redis.call('HINCRBY', key, 'step', 1)
  again(ARGV[6])
else
  finish(state)
end
return 1
`;

/**
 * REDELIVER: a delivery that is over begins its schedule anew, now, under the same id. ARGV: 3 id.
 * Replies OK; UNKNOWN; PENDING: it has not ended; GONE: what it would have to say is no longer kept.
 */
export const redeliverLua = `${limitsArgument}
local id, key = ARGV[3], deliveryKey(ARGV[3])
local h = fieldsOf(key, 'state', 'event', 'run', 'turn', 'large')
if not h.state then return 'UNKNOWN' end
if h.state == 'pending' then return 'PENDING' end
local body
if h.large ~= '1' and redis.call('HEXISTS', key, 'body') == 0 then
  body = bodyOf(h.run, h.event)
  if not body then return 'GONE' end
end
redis.call('HSET', key, 'state', 'pending', 'turn', num(h.turn) + 1, 'step', 0, 'due', n(NOW),
  'since', n(NOW))
if body then redis.call('HSET', key, 'body', body) end
redis.call('ZADD', OUT, n(NOW), id)
redis.call('PERSIST', key)
redis.call('ZREM', OUT_FIN, id)
redis.call('ZREM', OUT_DEAD, id)
notifyOutbox()
return 'OK'
`;

/** Some deliveries, without what they say. ARGV: 3 and on: their ids. Replies the values of
 * DELIVERY_FIELDS for each, '' where there is none. */
export const readDeliveriesLua = `
local found = {}
for i = 3, #ARGV do
  local values = redis.call('HMGET', deliveryKey(ARGV[i]), 'state', 'job', 'event', 'url', 'made', 'due',
    'tries', 'code', 'log')
  for at, value in ipairs(values) do values[at] = value or '' end
  found[#found + 1] = values
end
return found
`;

/** What operators look at: rows, how long the first has been due in ms, dead ones; then the counts. */
export const outboxLua = `
local first = redis.call('ZRANGE', OUT, 0, 0, 'WITHSCORES')
return { n(redis.call('ZCARD', OUT)), n(first[2] and math.max(0, NOW - num(first[2])) or 0),
  n(redis.call('ZCARD', OUT_DEAD)), redis.call('HGETALL', OUT_COUNTS) }
`;

/**
 * ANSWERED: the finished job of a question that was answered at once and that has a webhook. ARGV:
 * 3 the job as JSON, 4 the answer's members. Replies OK, also when it is repeated; FULL.
 */
export const answeredLua = `${limitsArgument}
local q = cjson.decode(ARGV[3])
if redis.call('EXISTS', jobKey(q.job)) == 1 then return 'OK' end
if redis.call('ZCARD', OUT) >= limits.maxDeliveries then return 'FULL' end
redis.call('HSET', runKey(q.run), 'key', q.key, 'model', q.model, 'version', q.version,
  'state', 'succeeded', 'lane', q.lane, 'created', n(NOW), 'fin', n(NOW), 'retain', n(limits.retainMs))
redis.call('PEXPIRE', runKey(q.run), limits.retainMs)
keepResult(q.run, ARGV[4], limits, limits.retainMs)
redis.call('HSET', jobKey(q.job), 'run', q.run, 'key', q.key, 'model', q.model,
  'version', q.version, 'dedup', 0, 'created', n(NOW), 'deadline', n(NOW + q.deadlineMs),
  'hook', q.hook)
endJob(q.job, 'succeeded', limits, limits.retainMs)
trimJobs(1, limits)
return 'OK'
`;
