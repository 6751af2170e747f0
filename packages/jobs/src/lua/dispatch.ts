/**
 * Which runs BullMQ has (docs/protocol.md#dispatch). A run that is opened waits in the list of its lane.
 * BullMQ gets the run that has waited longest while it has fewer than twice what the live workers hold at
 * once, so that who is next is decided here, late, and an order that changes costs nothing.
 *
 * Whoever took a run from the list adds it. A process that dies in between is what R31 repairs.
 */
export const dispatchLua = `
-- Of each lane, how many runs BullMQ may have (workers.ts). Workers of an earlier version do not say.
local WINDOW, UNSAID = P .. 'window', 100
local function waitingKey(lane) return P .. 'waiting:' .. lane end
local function handedKey(lane) return P .. 'handed:' .. lane end
local function roomIn(lane)
  return (num(redis.call('HGET', WINDOW, lane)) or UNSAID) - redis.call('SCARD', handedKey(lane))
end
local function handed(run, key, lane) return { 'run', run, 'key', key, 'lane', lane } end

-- Takes up to so many runs from the list; the caller of the script adds them to BullMQ.
local function handNext(lane, most, found)
  if redis.call('EXISTS', waitingKey(lane)) == 0 then return found end
  for _ = 1, math.min(roomIn(lane), most) do
    local run = redis.call('ZRANGE', waitingKey(lane), 0, 0)[1]
    if not run then break end
    redis.call('SADD', handedKey(lane), run)
    redis.call('ZADD', RECHECK, n(NOW + 2000), run)
    redis.call('ZREM', waitingKey(lane), run)
    found[#found + 1] = handed(run, redis.call('HGET', runKey(run), 'key'), lane)
  end
  return found
end

-- A run that was opened: it goes to BullMQ at once if that has room and nobody waits.
local function handOrQueue(run, key, lane)
  if roomIn(lane) > 0 and redis.call('EXISTS', waitingKey(lane)) == 0 then
    redis.call('SADD', handedKey(lane), run)
    return { handed(run, key, lane) }
  end
  redis.call('ZADD', waitingKey(lane), n(clock[1] * 1000000 + clock[2]), run)
  return handNext(lane, 2, {})
end

-- The run itself, if BullMQ should have it: whoever handed it over may have died before the add.
local function missingOf(run, key, R)
  local waits = R.state ~= 'open' or R.begun == '1' or redis.call('ZSCORE', waitingKey(R.lane), run)
  return waits and {} or { handed(run, key, R.lane) }
end

-- Keeps its place, by when it was opened. Replies what is to be added.
local function changeLane(run, key, from, to)
  local since = redis.call('ZSCORE', waitingKey(from), run)
  if since then
    redis.call('ZADD', waitingKey(to), since, run)
    redis.call('ZREM', waitingKey(from), run)
    return handNext(to, 2, {})
  end
  redis.call('SADD', handedKey(to), run)
  redis.call('SREM', handedKey(from), run)
  return { handed(run, key, to) }
end

local function leaveDispatch(run, lane)
  if redis.call('SREM', handedKey(lane), run) == 0 then redis.call('ZREM', waitingKey(lane), run) end
end
`;
