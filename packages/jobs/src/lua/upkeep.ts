import { limitsArgument } from './prelude.ts';

/** EXPIRE: ends a job whose deadline has passed, or that should have begun by now. ARGV: 3 job. Replies the job's status, or ''. */
export const expireLua = `${limitsArgument}
local J = readHash(jobKey(ARGV[3]))
if not J then
  redis.call('ZREM', DEADLINES, ARGV[3])
  return ''
end
if J.status ~= 'queued' and J.status ~= 'running' then return J.status end
local deadline = num(J.deadline)
if J.status == 'queued' and J.queueby then deadline = math.min(deadline, num(J.queueby)) end
if deadline > NOW then
  redis.call('ZADD', DEADLINES, n(deadline), ARGV[3]) -- it has begun in time: only its own deadline is left
  return J.status
end
leave(ARGV[3], J, 'expired', limits)
return 'expired'
`;

/**
 * CLAIM: the job of an Idempotency-Key. ARGV: 2 digest of tenant and key, 3 a new job, 4 what is
 * asked, 5 for how long it holds, in ms. Replies the job that the key has, or '' for another question.
 */
export const claimLua = `
local X = P .. 'x:' .. ARGV[2]
local held = redis.call('HMGET', X, 'job', 'body')
if held[1] then return held[2] == ARGV[4] and held[1] or '' end
redis.call('HSET', X, 'job', ARGV[3], 'body', ARGV[4])
redis.call('PEXPIRE', X, ARGV[5])
return ARGV[3]
`;

/** CANCEL: ends a job that is open. ARGV: 3 job. Replies the job's status, or ''. */
export const cancelLua = `${limitsArgument}
local J = readHash(jobKey(ARGV[3]))
if not J then return '' end
if J.status ~= 'queued' and J.status ~= 'running' then return J.status end
leave(ARGV[3], J, 'canceled', limits)
return 'canceled'
`;

/** The jobs that are overdue, up to 100. */
export const overdueLua = `
return redis.call('ZRANGEBYSCORE', DEADLINES, '-inf', n(NOW), 'LIMIT', 0, 100)
`;

/**
 * RECHECK: open runs that may need their BullMQ job added (again), as a flat list of run, key, lane.
 * The next look at each is moved on in the same script, so that many reconcilers share the work.
 */
export const recheckLua = `${limitsArgument}
local found = {}
for _, run in ipairs(redis.call('ZRANGEBYSCORE', RECHECK, '-inf', n(NOW), 'LIMIT', 0, 100)) do
  local R = readHash(runKey(run))
  if not R or R.state ~= 'open' then
    redis.call('ZREM', RECHECK, run)
  else
    local age = NOW - num(R.created)
    redis.call('ZADD', RECHECK, n(NOW + math.min(math.max(age, 2000), 60000)), run)
    if R.begun ~= '1' or NOW - num(R.heartbeat) >= limits.runLeaseMs then                     -- R31
      for _, value in ipairs({ run, R.key, R.lane }) do found[#found + 1] = value end
    end
  end
end
return found
`;

/** What operators look at: flat list of lane, depth, oldest wait in ms; then the hash of times. */
export const queuesLua = `
local lanes = {}
for _, lane in ipairs({ 'short', 'long', 'refresh' }) do
  local oldest = redis.call('ZRANGE', queueKey(lane), 0, 0, 'WITHSCORES')
  lanes[#lanes + 1] = lane
  lanes[#lanes + 1] = n(redis.call('ZCARD', queueKey(lane)))
  lanes[#lanes + 1] = n(oldest[2] and math.max(0, NOW - num(oldest[2])) or 0)
end
return { lanes, redis.call('HGETALL', TIMES), n(redis.call('ZCARD', RECHECK)) }
`;

/**
 * Open runs by model, of up to 1000: a flat list of model, those that wait, those that are computed; then
 * the hash of times.
 */
export const modelsLua = `
local waiting, computed, names = {}, {}, {}
for _, run in ipairs(redis.call('ZRANGE', RECHECK, 0, 999)) do
  local R = redis.call('HMGET', runKey(run), 'model', 'begun', 'heartbeat')
  local model = R[1]
  if model then
    if not waiting[model] then
      names[#names + 1], waiting[model], computed[model] = model, 0, 0
    end
    local where = (R[2] ~= '1' or R[3] == '0') and waiting or computed
    where[model] = where[model] + 1
  end
end
local flat = {}
for _, model in ipairs(names) do
  for _, value in ipairs({ model, n(waiting[model]), n(computed[model]) }) do flat[#flat + 1] = value end
end
return { flat, redis.call('HGETALL', TIMES) }
`;

/** Up to 100 open runs, the next to be looked at first, as a flat list of run, key, lane. */
export const openRunsLua = `
local found = {}
for _, run in ipairs(redis.call('ZRANGE', RECHECK, 0, 99)) do
  local R = redis.call('HMGET', runKey(run), 'key', 'lane')
  for _, value in ipairs({ run, R[1] or '', R[2] or '' }) do found[#found + 1] = value end
end
return found
`;

/**
 * One job with its run: ARGV 3 job. Replies flat hashes of job and run, NOW, meta.trimmed, the run's
 * place in its queue or -1, its model's usual time or '', and what FINALISE stored, up to 64 KiB, or ''.
 */
export const readJobLua = `
local job = redis.call('HGETALL', jobKey(ARGV[3]))
local J = tableOf(job)
local run = J and redis.call('HGETALL', runKey(J.run)) or {}
local place, usual, body = -1, '', ''
if J and (J.status == 'queued' or J.status == 'running') then
  local R = tableOf(run)
  place = R and redis.call('ZRANK', queueKey(R.lane), J.run) or -1
  usual = redis.call('HGET', TIMES, 'usual|' .. J.model) or ''
elseif J and (J.status == 'succeeded' or J.status == 'failed') then
  local bytes = redis.call('STRLEN', resultKey(J.run))
  if bytes > 0 and bytes <= 65536 then body = redis.call('GET', resultKey(J.run)) end
end
return { job, run, n(NOW), redis.call('HGET', META, 'trimmed') or '', place, usual, body }
`;
