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

/** Open runs by model, of up to 1000: those that wait, those that are computed; and the hash of times. */
export const modelsScript = define(`
local byModel, models = {}, {}
for _, run in ipairs(redis.call('ZRANGE', RECHECK, 0, 999)) do
  local R = redis.call('HMGET', runKey(run), 'model', 'begun', 'heartbeat')
  local model = R[1]
  if model then
    if not byModel[model] then
      byModel[model] = { 'model', model, 'waiting', 0, 'computed', 0 }
      models[#models + 1] = byModel[model]
    end
    local at = (R[2] ~= '1' or R[3] == '0') and 4 or 6
    byModel[model][at] = byModel[model][at] + 1
  end
end
return { 'models', models, 'times', redis.call('HGETALL', TIMES) }
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
