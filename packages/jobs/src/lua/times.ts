/** How long runs wait and take, by model and lane. */
export const timesLua = `
local BUCKETS = { 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 120000 }
local function observe(what, R, ms)
  local le = '+Inf'
  for _, bound in ipairs(BUCKETS) do
    if ms <= bound then le = tostring(bound) break end
  end
  local of = what .. '|' .. R.model .. '|' .. R.lane .. '|'
  redis.call('HINCRBY', TIMES, of .. le, 1)
  redis.call('HINCRBY', TIMES, of .. 'sum', n(ms))
end
-- the usual time of a model's runs: each new one counts for a fifth
local function learn(model, ms)
  local field = 'usual|' .. model
  local usual = num(redis.call('HGET', TIMES, field))
  local now = n(usual and usual * 0.8 + ms * 0.2 or ms)
  if not usual or now ~= n(usual) then redis.call('HSET', TIMES, field, now) end
end
-- How many runs are before it: of the tenant's own, if there are tenants. False: it does not wait.
local function placeOf(lane, run, tenant)
  local place = redis.call('ZRANK', queueKey(lane), run)
  if not place or not tenant then return place end
  local since = redis.call('ZSCORE', waitingKey(lane, redis.call('HGET', runKey(run), 'turnof')), run)
  return since and redis.call('ZCOUNT', waitingKey(lane, tenant), '-inf', '(' .. since) or 0
end
-- what a job's Wait is made of, by name
local function waitOf(lane, run, model, tenant)
  local place = lane and placeOf(lane, run, tenant)
  local since = not place and num(redis.call('HGET', runKey(run), 'since'))
  return 'lane', lane or '', 'place', place or '', 'runningMs', since and n(NOW - since) or '',
    'usualMs', redis.call('HGET', TIMES, 'usual|' .. model) or ''
end
`;
