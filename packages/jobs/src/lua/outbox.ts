/**
 * The outbox's part of every script that begins or ends a job (docs/protocol.md#outbox): `enqueue`
 * writes the delivery of a webhook in the same script as the job's new status, so that neither is
 * ever there without the other. What becomes of the row is up to packages/webhooks.
 *
 * The row takes along all that its payload is made of. The schedule of attempts is longer than a job
 * is kept, and a job may be gone before anybody looks at the row for the first time.
 */
export const outboxPrelude = `
local OUT = P .. 'out'
local OUT_FIN = P .. 'outfin'
local OUT_DEAD = P .. 'outdead'
local OUT_COUNTS = P .. 'outcounts'
local OUT_HOSTS = P .. 'outhosts'
local OUT_RING = P .. 'outring'
local function deliveryKey(id) return P .. 'h:' .. id end
local function outOf(tenant) return OUT .. ':' .. tenant end
local EVENT_OF = { running = 'started', succeeded = 'completed', failed = 'failed',
  canceled = 'canceled', expired = 'expired' }
-- a result above this is not sent but fetched
local SMALL_BYTES = 20000

local outboxNotified = false
local function notifyOutbox()
  if outboxNotified then return end
  outboxNotified = true
  redis.call('PUBLISH', WORKERS, 'out')
end

local function fieldsOf(key, ...)
  local names, found = { ... }, {}
  for i, value in ipairs(redis.call('HMGET', key, ...)) do found[names[i]] = value or nil end
  return found
end

-- A pending delivery is in OUT, and with keys on in a list of its tenant, too. OUT_RING has the tenants with
-- pending ones, and when to look for each of them: no later than its first one is due.
local function setDue(id, tenant, due, flag)
  redis.call('ZADD', OUT, flag, due, id)
  if not tenant then return end
  redis.call('ZADD', outOf(tenant), flag, due, id)
  redis.call('ZADD', OUT_RING, 'LT', due, tenant)
end
local function addPending(id, host, tenant)
  if host then redis.call('HINCRBY', OUT_HOSTS, host, 1) end
  setDue(id, tenant, n(NOW), 'NX')
end
local function dropPending(id, host, tenant)
  redis.call('ZREM', OUT, id)
  if tenant then redis.call('ZREM', outOf(tenant), id) end
  if host and redis.call('HINCRBY', OUT_HOSTS, host, -1) <= 0 then redis.call('HDEL', OUT_HOSTS, host) end
end

-- The reply if no further delivery is taken; nil: it is. A quarter is one tenant's, and one host's, so that
-- a dead receiver leaves room for the others.
local function outboxFull(host, tenant, limits)
  local share = math.ceil(limits.maxDeliveries / 4)
  if tenant and redis.call('ZCARD', outOf(tenant)) >= share then
    return { 'outcome', 'limited', 'code', 'QUOTA_EXCEEDED', 'retryMs', 1000, 'rate', {},
      'why', n(share) .. ' deliveries of this tenant are pending: a quarter of MAX_DELIVERIES' }
  end
  local why
  if redis.call('ZCARD', OUT) >= limits.maxDeliveries then
    why = n(limits.maxDeliveries) .. ' deliveries are pending: MAX_DELIVERIES'
  elseif host and (num(redis.call('HGET', OUT_HOSTS, host)) or 0) >= share then
    why = n(share) .. ' deliveries to ' .. host .. ' are pending: a quarter of MAX_DELIVERIES'
  end
  return why and { 'outcome', 'full', 'why', why }
end

-- what a payload needs of the run's outcome: false when it is too large, nil when it is not there
local function bodyOf(run, event)
  if event ~= 'completed' and event ~= 'failed' then return '' end
  local bytes = redis.call('STRLEN', resultKey(run))
  if bytes == 0 then return nil end
  if event == 'completed' and bytes > SMALL_BYTES then return false end
  return redis.call('GET', resultKey(run))
end

-- Many jobs of a run end in one script: what their deliveries share is read once.
local shared = {}
local function sharedOf(run, event)
  local S = shared[run .. event]
  if S then return S end
  local R, body = fieldsOf(runKey(run), 'started', 'retain', 'trace'), bodyOf(run, event)
  S = { runWas = cjson.encode(R), retain = R.retain or '', body = body or nil,
    large = body == false and 1 or 0 }
  shared[run .. event] = S
  return S
end

-- The job has this status from now on: does its webhook want to hear of it?
local function enqueue(job, status)
  local hook = redis.call('HGET', jobKey(job), 'hook')
  if not hook then return end
  local H, event, isWanted = cjson.decode(hook), EVENT_OF[status], false
  for _, wanted in ipairs(H.events) do isWanted = isWanted or wanted == event end
  if not isWanted then return end
  local id = job .. '-' .. event
  if redis.call('ZSCORE', OUT, id) then return end
  local J = fieldsOf(jobKey(job), 'run', 'key', 'model', 'version', 'dedup', 'created', 'deadline', 'reason',
    'tenant')
  addPending(id, H.host, J.tenant)
  J.status = status
  if status ~= 'running' then J.fin = n(NOW) end
  local S = sharedOf(J.run, event)
  redis.call('HSET', deliveryKey(id), 'state', 'pending', 'job', job, 'event', event, 'url', H.url,
    'trace', H.trace or '', 'made', n(NOW), 'since', n(NOW), 'due', n(NOW), 'tries', 0, 'step', 0,
    'version', 0, 'run', J.run, 'retain', S.retain, 'large', S.large, 'jobwas', cjson.encode(J), 'runwas', S.runWas,
    'host', H.host or '')
  if J.tenant then redis.call('HSET', deliveryKey(id), 'tenant', J.tenant) end
  if S.body then redis.call('HSET', deliveryKey(id), 'body', S.body) end
  notifyOutbox()
end
`;
