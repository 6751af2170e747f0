/** The log of a model's series: which decisions its answers came from, and what became of its forecasts. */
import { define } from './prelude.ts';

const names = `
local S = P .. 'series:' .. ARGV[3] .. ':'
local RECENT, WORST, LAST = S .. 'recent', S .. 'worst', S .. 'last'
local function decisionsKey(id) return S .. 'd:' .. id end
local function cameKey(id) return S .. 'c:' .. id end
local function forget(id)
  redis.call('ZREM', RECENT, id)
  redis.call('ZREM', WORST, id)
  redis.call('HDEL', LAST, id)
  redis.call('DEL', decisionsKey(id))
  redis.call('DEL', cameKey(id))
end
`;

/**
 * ARGV: 3 model, 4 series, 5 the decision as JSON, 6 how far it missed, or -1; 7 the points that came, as
 * JSON; 8 most series; 9 most decisions; 10 most points; 11 ms to keep it.
 */
export const noteDecisionScript = define(`${names}
local id, keep = ARGV[4], ARGV[11]
local line = n(NOW) .. ' ' .. ARGV[5]
redis.call('LPUSH', decisionsKey(id), line)
redis.call('LTRIM', decisionsKey(id), 0, tonumber(ARGV[9]) - 1)
redis.call('PEXPIRE', decisionsKey(id), keep)
redis.call('HSET', LAST, id, line)
redis.call('ZADD', RECENT, n(NOW), id)
if ARGV[6] ~= '-1' or not redis.call('ZSCORE', WORST, id) then redis.call('ZADD', WORST, ARGV[6], id) end
for _, point in ipairs(cjson.decode(ARGV[7])) do
  -- The first forecast of a point is the one that was made before it came.
  if redis.call('ZCOUNT', cameKey(id), point.at, point.at) == 0 then
    redis.call('ZADD', cameKey(id), point.at, point.row)
  end
end
redis.call('ZREMRANGEBYRANK', cameKey(id), 0, -tonumber(ARGV[10]) - 1)
redis.call('PEXPIRE', cameKey(id), keep)
local over = redis.call('ZCARD', RECENT) - tonumber(ARGV[8])
for _, old in ipairs(redis.call('ZRANGE', RECENT, 0, math.max(over, 0))) do
  if over > 0 or NOW - num(redis.call('ZSCORE', RECENT, old)) > tonumber(keep) then forget(old) end
  over = over - 1
end
return 1
`);

/** ARGV: 3 model, 4 recent or worst. Replies the ids and scores of all series, the first one first. */
export const listSeriesScript = define(`${names}
return redis.call('ZREVRANGE', S .. ARGV[4], 0, -1, 'WITHSCORES')
`);

/** ARGV: 3 model, then series. Replies of each its last decision, or ''. */
export const lastDecisionsScript = define(`${names}
local found = {}
for i = 4, #ARGV do found[#found + 1] = redis.call('HGET', LAST, ARGV[i]) or '' end
return found
`);

/** ARGV: 3 model, 4 series. Replies its decisions, the newest first, and the points that came. */
export const showSeriesScript = define(`${names}
return { 'decisions', redis.call('LRANGE', decisionsKey(ARGV[4]), 0, -1),
  'came', redis.call('ZRANGE', cameKey(ARGV[4]), 0, -1) }
`);
