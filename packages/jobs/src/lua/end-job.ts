/**
 * The end of a job, and what is kept of jobs and results. `limits`: retainMs, maxJobs, resultMaxBytes;
 * the same in every process of an installation. A run, and so its jobs, may ask to be kept for less.
 *
 * The oldest make room for what is new. Where a tenant has more than a tenth of all, its own oldest do, so that
 * others keep what they have.
 */
export const endJobLua = `
local SHARE = 10
local function listOf(key, tenant) return key .. ':' .. tenant end
local function addTo(key, tenant, name, limits)
  redis.call('ZADD', key, n(NOW), name)
  if not tenant then return end
  redis.call('ZADD', listOf(key, tenant), n(NOW), name)
  redis.call('PEXPIRE', listOf(key, tenant), limits.retainMs)
end
local function removeFrom(key, tenant, name)
  if tenant then redis.call('ZREM', listOf(key, tenant), name) end
  return redis.call('ZREM', key, name)
end

-- Tenants whose jobs ended in this script.
local enders = {}
local function endJob(job, status, limits, retainMs)
  local key = jobKey(job)
  redis.call('HSET', key, 'status', status, 'fin', n(NOW))
  redis.call('ZREM', DEADLINES, job)
  if string.sub(job, 1, 4) ~= 'sys-' then -- nobody reads a background refresh's
    local tenant = redis.call('HGET', key, 'tenant')
    addTo(FIN, tenant, job, limits)
    if tenant then enders[tenant] = true end
    enqueue(job, status)
  end
  redis.call('PEXPIRE', key, retainMs) -- last: with a TTL of 1 ms the key may expire within this script
end

-- Of whom too many are kept; jobs of which nothing is left do not count.
local function largeEnder(limits)
  for tenant in pairs(enders) do
    local list = listOf(FIN, tenant)
    redis.call('ZREMRANGEBYSCORE', list, '-inf', n(NOW - limits.retainMs))
    if redis.call('ZCARD', list) > limits.maxJobs / SHARE then return tenant end
  end
end

-- What is over the limits, or older than they say, up to 20 of it for each job that has ended.
local function trimJobs(ended, limits)
  local over = redis.call('ZCARD', FIN) - limits.maxJobs
  local most = math.max(math.min(over, 20 * ended), 2) -- two, so that what is too old goes in time
  local large = over > 0 and largeEnder(limits)
  local oldest = redis.call('ZRANGE', large and listOf(FIN, large) or FIN, 0, most - 1, 'WITHSCORES')
  for i = 1, #oldest, 2 do
    if over <= 0 and num(oldest[i + 1]) > NOW - limits.retainMs then break end
    local tenant = large or redis.call('HGET', jobKey(oldest[i]), 'tenant')
    over = over - removeFrom(FIN, tenant, oldest[i])
    redis.call('DEL', jobKey(oldest[i]))
    if oldest[i] > (redis.call('HGET', META, 'trimmed') or '') then
      redis.call('HSET', META, 'trimmed', oldest[i])
    end
  end
end

-- tenant: whose run it was, or nil.
local function keepResult(run, tenant, body, limits, retainMs)
  local function countOf(of, by)
    local left = redis.call('HINCRBY', META, 'resbytes:' .. of, by)
    if left <= 0 then redis.call('HDEL', META, 'resbytes:' .. of) end
    return left
  end
  redis.call('SET', resultKey(run), body, 'PX', retainMs)
  addTo(RES, tenant, run .. ':' .. #body .. (tenant and ':' .. tenant or ''), limits)
  local bytes = redis.call('HINCRBY', META, 'resbytes', #body)
  local isLarge = tenant and countOf(tenant, #body) > limits.resultMaxBytes / SHARE
  local function trim(list)
    local isOver = bytes > limits.resultMaxBytes
    local oldest = redis.call('ZRANGE', list, 0, isOver and 19 or 1, 'WITHSCORES')
    for i = 1, #oldest, 2 do
      if bytes <= limits.resultMaxBytes and num(oldest[i + 1]) > NOW - limits.retainMs then break end
      local old, size, of = string.match(oldest[i], '^([^:]*):(%d+):?(.*)$')
      -- What ended in this millisecond, or before a clock was set back, is in no order of time.
      if old ~= run and removeFrom(RES, of ~= '' and of, oldest[i]) == 1 then
        redis.call('DEL', resultKey(old))
        if of ~= '' then countOf(of, -tonumber(size)) end
        bytes = redis.call('HINCRBY', META, 'resbytes', -tonumber(size))
      end
    end
  end
  if isLarge then trim(listOf(RES, tenant)) end
  trim(RES)
end
`;
