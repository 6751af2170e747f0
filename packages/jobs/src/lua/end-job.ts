/**
 * The end of a job, and what is kept of jobs and results. `limits`: retainMs, maxJobs, resultMaxBytes;
 * the same in every process of an installation. A run, and so its jobs, may ask to be kept for less.
 */
export const endJobLua = `
local function endJob(job, status, limits, retainMs)
  local key = jobKey(job)
  redis.call('HSET', key, 'status', status, 'fin', n(NOW))
  redis.call('ZREM', DEADLINES, job)
  if string.sub(job, 1, 4) ~= 'sys-' then -- nobody reads a background refresh's
    redis.call('ZADD', FIN, n(NOW), job)
    enqueue(job, status)
  end
  redis.call('PEXPIRE', key, retainMs) -- last: with a TTL of 1 ms the key may expire within this script
end

-- What is over the limits, or older than they say, up to 20 of it for each job that has ended.
local function trimJobs(ended, limits)
  local over = redis.call('ZCARD', FIN) - limits.maxJobs
  local most = math.max(math.min(over, 20 * ended), 2) -- two, so that what is too old goes in time
  local oldest = redis.call('ZRANGE', FIN, 0, most - 1, 'WITHSCORES')
  for i = 1, #oldest, 2 do
    if over <= 0 and num(oldest[i + 1]) > NOW - limits.retainMs then break end
    over = over - 1
    redis.call('ZREM', FIN, oldest[i])
    redis.call('DEL', jobKey(oldest[i]))
    if oldest[i] > (redis.call('HGET', META, 'trimmed') or '') then
      redis.call('HSET', META, 'trimmed', oldest[i])
    end
  end
end

local function keepResult(run, body, limits, retainMs)
  redis.call('SET', resultKey(run), body, 'PX', retainMs)
  redis.call('ZADD', RES, n(NOW), run .. ':' .. #body)
  local bytes = redis.call('HINCRBY', META, 'resbytes', #body)
  local isOver = bytes > limits.resultMaxBytes
  local oldest = redis.call('ZRANGE', RES, 0, isOver and 19 or 1, 'WITHSCORES')
  for i = 1, #oldest, 2 do
    if bytes <= limits.resultMaxBytes and num(oldest[i + 1]) > NOW - limits.retainMs then break end
    local old, size = string.match(oldest[i], '^(.*):(%d+)$')
    if old == run then break end
    redis.call('ZREM', RES, oldest[i])
    redis.call('DEL', resultKey(old))
    bytes = redis.call('HINCRBY', META, 'resbytes', -tonumber(size))
  end
end
`;
