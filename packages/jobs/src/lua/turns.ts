/**
 * Which tenant's run goes next (R33): start-time fair queueing (Goyal, Vin, Cheng, SIGCOMM 1996). `turns:<lane>`
 * has the turn of each tenant, a time on the lane's virtual clock. The earliest turn goes first, and the
 * clock is then at that turn. A run moves its tenant's turn on by the usual time of its model over the
 * tenant's weight, so that tenants that wait all the time get work in the ratio of their weights.
 *
 *  - A tenant that comes back begins where the clock is: what it did not use is not saved up.
 *  - One that does not wait keeps its turn until all others have had as much. So nobody gets more by asking
 *    for one run at a time.
 *
 * A run keeps when its turn came: over shards, workers compare that instead of when it was opened.
 */
export const turnsLua = `
local CLOCK, UNKNOWN_MS = P .. 'clock', 1000
local function turnsKey(lane) return P .. 'turns:' .. lane end
-- In thousandths of a ms, and never 0: no number of runs is free.
local function costOf(model, weight)
  local ms = num(redis.call('HGET', TIMES, 'usual|' .. model)) or UNKNOWN_MS
  return math.max(1, math.floor(math.max(ms, 1) * 1000 / (num(weight) or 1)))
end

-- tenant: nil while there are no keys.
local function enterList(lane, tenant, since, run)
  redis.call('ZADD', waitingKey(lane, tenant), since, run)
  if tenant then redis.call('ZADD', turnsKey(lane), 'GT', redis.call('HGET', CLOCK, lane) or 0, tenant) end
end

-- Who is first and does not wait is forgotten.
local function nextTenant(lane)
  while true do
    local tenant = redis.call('ZRANGE', turnsKey(lane), 0, 0)[1]
    if not tenant or redis.call('EXISTS', waitingKey(lane, tenant)) == 1 then return tenant end
    redis.call('ZREM', turnsKey(lane), tenant)
  end
end

local function moveTurn(lane, tenant, run, R)
  redis.call('HSET', runKey(run), 'handedat', n(NOW))
  redis.call('HSET', CLOCK, lane, redis.call('ZSCORE', turnsKey(lane), tenant))
  redis.call('ZADD', turnsKey(lane), 'INCR', n(costOf(R.model, R.weight)), tenant)
end

-- The turn at which a run would go that has waited since then, if all before it cost as much.
local function turnOf(lane, tenant, since, cost)
  local turn = num(redis.call('ZSCORE', turnsKey(lane), tenant)) or 0
  return math.max(turn, num(redis.call('HGET', CLOCK, lane)) or 0)
    + cost * redis.call('ZCOUNT', waitingKey(lane, tenant), '-inf', '(' .. since)
end

-- A run that waits moves to the list of a tenant that joins it, if it comes first there.
local function shareTurn(run, R, lane, tenant, weight)
  local since = R.turnof ~= tenant and redis.call('ZSCORE', waitingKey(lane, R.turnof), run)
  if not since then return end
  local before = R.turnof and turnOf(lane, R.turnof, since, costOf(R.model, R.weight))
  if before and before <= turnOf(lane, tenant, since, costOf(R.model, weight)) then return end
  enterList(lane, tenant, since, run)
  redis.call('HSET', runKey(run), 'turnof', tenant, 'weight', weight or 1)
  redis.call('ZREM', waitingKey(lane, R.turnof), run)
  R.turnof = tenant
end
`;
