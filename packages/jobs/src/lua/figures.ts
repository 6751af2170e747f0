/** What operators look at. */
import { define } from './prelude.ts';

/** Open runs, of each lane its depth and the oldest wait in ms, and the hash of times. */
export const queuesScript = define(`
local lanes = {}
for _, lane in ipairs(LANES) do
  local oldest = redis.call('ZRANGE', queueKey(lane), 0, 0, 'WITHSCORES')
  lanes[#lanes + 1] = { 'lane', lane, 'depth', redis.call('ZCARD', queueKey(lane)),
    'oldestMs', n(oldest[2] and math.max(0, NOW - num(oldest[2])) or 0) }
end
return { 'openRuns', redis.call('ZCARD', RECHECK), 'lanes', lanes, 'times', redis.call('HGETALL', TIMES) }
`);

/**
 * Open runs by model and lane, of up to 1000: those that wait, those of them that were tried before, and
 * those that are computed; then the hash of times.
 */
export const modelsScript = define(`
local known, groups = {}, {}
for _, run in ipairs(redis.call('ZRANGE', RECHECK, 0, 999)) do
  local R = fieldsOf(runKey(run), 'model', 'lane', 'begun', 'heartbeat', 'tries')
  if R.model then
    local name = R.model .. ' ' .. R.lane
    if not known[name] then
      known[name] = { 'model', R.model, 'lane', R.lane, 'waiting', 0, 'computed', 0, 'retrying', 0 }
      groups[#groups + 1] = known[name]
    end
    local function count(at) known[name][at] = known[name][at] + 1 end
    local waits = R.begun ~= '1' or R.heartbeat == '0'
    count(waits and 6 or 8)
    if waits and (num(R.tries) or 0) > 0 then count(10) end
  end
end
return { 'groups', groups, 'times', redis.call('HGETALL', TIMES) }
`);

/** Run, key and lane of up to 100 open runs, the next to be checked first. */
export const openRunsScript = define(`
local found = {}
for _, run in ipairs(redis.call('ZRANGE', RECHECK, 0, 99)) do
  local R = redis.call('HMGET', runKey(run), 'key', 'lane')
  found[#found + 1] = { 'run', run, 'key', R[1] or '', 'lane', R[2] or '' }
end
return found
`);
