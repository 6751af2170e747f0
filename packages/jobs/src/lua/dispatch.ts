/**
 * Which runs BullMQ has (docs/protocol.md#dispatch). A run that is opened waits in the list of its lane and
 * tenant. BullMQ gets another one while it has room, so that who is next is decided here, late, and an order
 * that changes costs nothing. Of a tenant, the run goes first that has waited longest; which tenant goes first
 * is turns.ts. Without keys there is one list, and nothing of that costs anything.
 *
 * BullMQ has room for twice what the live workers hold at once; where tenants share them, for a quarter more than
 * that: what it has goes first, whoever asks meanwhile.
 *
 * Whoever took a run from the list adds it. A process that dies in between is what R31 repairs.
 */
import { turnsLua } from './turns.ts';

export const dispatchLua = `${turnsLua}
-- Of each lane, how many runs BullMQ may have (workers.ts). Workers of an earlier version do not say.
local WINDOW, UNSAID = P .. 'window', 100
local function handedKey(lane) return P .. 'handed:' .. lane end
local function roomIn(lane, isShared)
  local most = num(redis.call('HGET', WINDOW, lane)) or UNSAID
  return (isShared and math.floor(most / 2 * 1.25) or most) - redis.call('SCARD', handedKey(lane))
end
local function handed(run, key, lane, at) return { 'run', run, 'key', key, 'lane', lane, 'handedAt', at or '' } end

-- Takes up to so many runs from the lists; the caller of the script adds them to BullMQ. Runs of nobody are
-- from before there were keys: they go first.
local function handNext(lane, most, found)
  if redis.call('EXISTS', waitingKey(lane), turnsKey(lane)) == 0 then return found end
  local first = redis.call('ZRANGE', waitingKey(lane), 0, 0)[1]
  local isShared = not first
  for _ = 1, math.min(roomIn(lane, isShared), most) do
    local tenant = isShared and nextTenant(lane) or nil
    if isShared and not tenant then break end
    local run = first or redis.call('ZRANGE', waitingKey(lane, tenant), 0, 0)[1]
    if not run then break end
    first = nil
    local R = fieldsOf(runKey(run), 'key', 'model', 'weight')
    if R.key then
      redis.call('SADD', handedKey(lane), run)
      redis.call('ZADD', RECHECK, n(NOW + 2000), run)
      if tenant then moveTurn(lane, tenant, run, R) end
      found[#found + 1] = handed(run, R.key, lane, tenant and n(NOW))
    end
    redis.call('ZREM', waitingKey(lane, tenant), run)
  end
  return found
end

-- A run that was opened: it goes to BullMQ at once if that has room and nobody waits.
local function handOrQueue(run, key, lane, tenant)
  local isFree = redis.call('EXISTS', waitingKey(lane)) == 0
    and not (tenant and redis.call('EXISTS', turnsKey(lane)) == 1)
  if isFree and roomIn(lane, tenant) > 0 then
    redis.call('SADD', handedKey(lane), run)
    return { handed(run, key, lane) }
  end
  enterList(lane, tenant, n(clock[1] * 1000000 + clock[2]), run)
  return handNext(lane, 2, {})
end

-- The run itself, if BullMQ should have it: whoever handed it over may have died before the add.
local function missingOf(run, key, R)
  local waits = R.state ~= 'open' or R.begun == '1' or redis.call('ZSCORE', waitingKey(R.lane, R.turnof), run)
  return waits and {} or { handed(run, key, R.lane, R.handedat) }
end

-- Keeps its place, by when it was opened. Replies what is to be added.
local function changeLane(run, key, R, to)
  local since = redis.call('ZSCORE', waitingKey(R.lane, R.turnof), run)
  if since then
    enterList(to, R.turnof, since, run)
    redis.call('ZREM', waitingKey(R.lane, R.turnof), run)
    return handNext(to, 2, {})
  end
  redis.call('SADD', handedKey(to), run)
  redis.call('SREM', handedKey(R.lane), run)
  return { handed(run, key, to, R.handedat) }
end

local function leaveDispatch(run, lane, tenant)
  if redis.call('SREM', handedKey(lane), run) == 0 then redis.call('ZREM', waitingKey(lane, tenant), run) end
end
`;
