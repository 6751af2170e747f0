/**
 * What a tenant may have and ask: `tenant:<tenant>` holds `runs` and `bytes`, its open runs and their
 * inputs, and `tat`, the theoretical arrival time of GCRA (ITU-T I.371, annex A). While keys are off nobody
 * has a tenant, and none of this is called.
 *
 * A run counts for the tenant that opened it; when that one leaves it, for one that still waits. Where no
 * run is open, nobody has any, whatever was lost.
 */
export const tenantsLua = `
local MINUTE_MS = 60000
local function tenantKey(tenant) return P .. 'tenant:' .. tenant end

-- How long the tenant has to wait until it may ask again, how often it may ask now, and when it could ask
-- as often as ever. Unit: ms.
local function rateOf(q)
  local interval = MINUTE_MS / q.limits.rpm
  local ahead = math.max(0, (num(redis.call('HGET', tenantKey(q.tenant), 'tat')) or 0) - NOW)
  local left = math.floor((MINUTE_MS - ahead) / interval + 0.001)
  return math.ceil(ahead + interval - MINUTE_MS), math.max(0, left), math.ceil(ahead)
end
-- As replies tell it: nothing, or its one list.
local function rateFields(q)
  if not (q.limits and q.limits.rpm) then return {} end
  local waitMs, left, resetMs = rateOf(q)
  return { { 'left', n(left), 'resetMs', n(left > 0 and resetMs or waitMs) } }
end
local function countQuestion(q)
  local ahead = math.max(NOW, num(redis.call('HGET', tenantKey(q.tenant), 'tat')) or 0)
  redis.call('HSET', tenantKey(q.tenant), 'tat', string.format('%.3f', ahead + MINUTE_MS / q.limits.rpm))
end

local function openOf(tenant)
  if redis.call('ZCARD', RECHECK) == 0 then return 0, 0 end
  local held = redis.call('HMGET', tenantKey(tenant), 'runs', 'bytes')
  return num(held[1]) or 0, num(held[2]) or 0
end
-- Before the run is in RECHECK.
local function openFor(tenant, bytes)
  local runs, held = openOf(tenant)
  redis.call('HSET', tenantKey(tenant), 'runs', n(runs + 1), 'bytes', n(held + bytes))
  redis.call('PERSIST', tenantKey(tenant))
end
local function closeFor(tenant, bytes)
  local key = tenantKey(tenant)
  if redis.call('EXISTS', key) == 0 then return end
  redis.call('HINCRBY', key, 'bytes', -bytes)
  if redis.call('HINCRBY', key, 'runs', -1) <= 0 then redis.call('PEXPIRE', key, MINUTE_MS) end
end

-- A job of the tenant has left its run. Of many that still wait, twenty are looked at: for more of its own, or the next one.
local function chargeNext(run, R, tenant)
  if not tenant or R.tenant ~= tenant then return end
  local heir
  for _, job in ipairs(redis.call('SRANDMEMBER', waitersKey(run), 20)) do
    local waits = redis.call('HGET', jobKey(job), 'tenant')
    if waits == tenant then return end
    heir = heir or waits
  end
  if not heir then return end
  local bytes = redis.call('STRLEN', inputKey(run))
  closeFor(tenant, bytes)
  openFor(heir, bytes)
  redis.call('HSET', runKey(run), 'tenant', heir)
end

-- Why the tenant gets no run, or nil.
-- Half of all runs is the most, whatever a key says.
local function quotaOf(q, bytes, limits)
  local most, half = q.limits, math.ceil(limits.queueMax / 2)
  local runs, held = openOf(q.tenant)
  if most.maxOpenRuns and runs >= most.maxOpenRuns then
    return n(most.maxOpenRuns) .. ' runs of this tenant are open: TENANT_MAX_OPEN_RUNS'
  end
  if runs >= half then return n(half) .. ' runs of this tenant are open: half of QUEUE_MAX' end
  if most.maxInputBytes and held + bytes > most.maxInputBytes then
    return 'inputs of open runs of this tenant would take more than ' .. n(most.maxInputBytes) .. ' bytes: TENANT_MAX_INPUT_MB'
  end
end
`;
