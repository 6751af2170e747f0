import { defineScript, linkLua, logPrelude, type Script } from '@deja/cache-core/redis';
import { outboxPrelude } from './outbox.ts';

/**
 * What the scripts of runs and jobs share (docs/protocol.md#runs-and-jobs). Every script takes the
 * shard's prefix as ARGV[1] and is idempotent: its caller repeats it after an ambiguous error.
 *
 * A run leaves 'open' once, in `close`; its result is written first (R23, R24). Nothing that is open
 * ever has a TTL. Scripts write before they delete: one that begins with DEL escapes Redis' check
 * for memory.
 */
const prelude = `${logPrelude}
local WORKERS = CHANNEL .. ':workers'
local DEADLINES = P .. 'deadlines'
local RECHECK = P .. 'recheck'
local FIN = P .. 'fin'
local RES = P .. 'res'
local function runKey(run) return P .. 'r:' .. run end
local function waitersKey(run) return P .. 'w:' .. run end
local function inputKey(run) return P .. 'i:' .. run end
local function resultKey(run) return P .. 'o:' .. run end
local function scopesKey(run) return P .. 's:' .. run end
local function eventsKey(run) return P .. 'e:' .. run end
local function jobKey(job) return P .. 'j:' .. job end
local function keyStateKey(key) return P .. 'k:' .. key end

-- Runs that wait to begin, by lane: for people, and for honest times. BullMQ decides who is next.
local function queueKey(lane) return P .. 'q:' .. lane end
local TIMES = P .. 'times'
local BUCKETS = { 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 120000 }
local function observe(what, model, ms)
  local le = '+Inf'
  for _, bound in ipairs(BUCKETS) do
    if ms <= bound then le = tostring(bound) break end
  end
  redis.call('HINCRBY', TIMES, what .. '|' .. model .. '|' .. le, 1)
  redis.call('HINCRBY', TIMES, what .. '|' .. model .. '|sum', n(ms))
end
-- the usual time of a model's runs: each new one counts for a fifth
local function learn(model, ms)
  local field = 'usual|' .. model
  local usual = num(redis.call('HGET', TIMES, field))
  local now = n(usual and usual * 0.8 + ms * 0.2 or ms)
  if not usual or now ~= n(usual) then redis.call('HSET', TIMES, field, now) end
end

local function tableOf(flat)
  local hash = {}
  for i = 1, #flat, 2 do hash[flat[i]] = flat[i + 1] end
  return next(hash) and hash or nil
end
local function readHash(key) return tableOf(redis.call('HGETALL', key)) end

-- A run keeps its tags, not its scopes: a value above 64 bytes would make its hash a slow one.
local function runFenced(run)
  local scopes = { '*', 'k:' .. run.key }
  for _, tag in ipairs(cjson.decode(run.tags)) do scopes[#scopes + 1] = 't:' .. tag end
  if run.derived then                                                                    -- R28
    for _, scope in ipairs(redis.call('SMEMBERS', scopesKey(run.derived))) do scopes[#scopes + 1] = scope end
  end
  return fenced(num(run.epoch), num(run.seq), scopes)
end

-- to those who follow this run
local function notify(run, what)
  redis.call('PUBLISH', CHANNEL .. ':' .. run, 'run ' .. run .. ' ' .. what)
end

${outboxPrelude}
-- limits: retainMs, maxJobs, resultMaxBytes; the same in every process of an installation.
-- A run, and so its jobs, may say to be kept for less.
local function endJob(job, status, limits, retainMs)
  local key = jobKey(job)
  redis.call('HSET', key, 'status', status, 'fin', n(NOW))
  redis.call('ZREM', DEADLINES, job)
  if string.sub(job, 1, 4) ~= 'sys-' then -- nobody reads a background refresh's
    redis.call('ZADD', FIN, n(NOW), job)
    enqueue(job, status)
  end
  redis.call('PEXPIRE', key, retainMs) -- last: what is kept for a ms only may go at this very command
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

-- To processes whose requests wait for the run: that it has ended, and all that they answer, if it is little.
local MOST_NOTIFIED_BYTES, MOST_NOTIFIED_JOBS = 16384, 10000
local function notifyEnd(run, R, state, body, jobs, isFenced)
  if not R.replychannels then return end
  local text = 'end ' .. run
  if body and R.runseq and #body <= MOST_NOTIFIED_BYTES and #jobs <= MOST_NOTIFIED_JOBS then
    text = table.concat({ text, state, isFenced and 1 or 0, R.epoch, R.seq, R.runseq, R.id,
      table.concat(jobs, ',') }, ' ') .. '\\n' .. body
  end
  for channel in string.gmatch(R.replychannels, '%S+') do redis.call('PUBLISH', CHANNEL .. ':' .. channel, text) end
end

-- The caller has checked that the run is open. body: nil when no job is left to read one.
local function close(run, R, state, body, limits, isFenced)
  local retainMs = math.min(num(R.retain), limits.retainMs)
  if body then keepResult(run, body, limits, retainMs) end
  redis.call('HSET', runKey(run), 'state', state, 'fin', n(NOW), 'fenced', isFenced and 1 or 0)
  local jobs = redis.call('SMEMBERS', waitersKey(run))
  for _, job in ipairs(jobs) do endJob(job, state, limits, retainMs) end
  trimJobs(#jobs, limits)
  local slot = keyStateKey(R.key)
  if state == 'succeeded' and R.store == '1' then redis.call('HSET', slot, 'last', run) end
  if redis.call('HGET', slot, 'cur') == run then redis.call('HDEL', slot, 'cur') end
  if redis.call('HINCRBY', slot, 'n', -1) <= 0 then redis.call('PEXPIRE', slot, limits.lastMs) end
  redis.call('ZREM', RECHECK, run)
  if R.begun ~= '1' or R.heartbeat == '0' then redis.call('ZREM', queueKey(R.lane), run) end
  if state == 'succeeded' and R.since then
    observe('run', R.model, NOW - num(R.since))
    learn(R.model, NOW - num(R.since))
  elseif state ~= 'succeeded' then
    redis.call('HINCRBY', TIMES, 'unsuccessful|' .. R.model .. '|' .. state, 1)
  end
  redis.call('DEL', waitersKey(run), inputKey(run))
  redis.call('PEXPIRE', runKey(run), retainMs)
  if R.progress then redis.call('PEXPIRE', eventsKey(run), retainMs) end
  if R.derived then redis.call('PEXPIRE', scopesKey(run), retainMs) end
  local order = R.epoch and table.concat({ '', R.epoch, R.seq, R.runseq }, ' ') or ''
  notifyEnd(run, R, state, body, jobs, isFenced)
  redis.call('PUBLISH', CHANNEL, 'run ' .. run .. ' ' .. state .. ' ' .. R.key .. order)
end

-- CANCEL and EXPIRE: the job goes; the run goes with it when nobody else wants it (R26).
local function leave(job, J, status, limits)
  local R = readHash(runKey(J.run))
  endJob(job, status, limits, R and math.min(num(R.retain), limits.retainMs) or limits.retainMs)
  trimJobs(1, limits)
  redis.call('SREM', waitersKey(J.run), job)
  if R and R.state == 'open' and redis.call('SCARD', waitersKey(J.run)) == 0 then
    close(J.run, R, status, nil, limits)
    redis.call('PUBLISH', WORKERS, 'stop ' .. J.run)
  end
end
`;

/** A script with what it uses of the above. */
export const define = (lua: string): Script => defineScript(linkLua(prelude, lua));

/** ARGV[2]: the limits as JSON. */
export const limitsArgument = `
local limits = cjson.decode(ARGV[2])
`;
