import { closeLua } from './finalise.ts';
import { define, limitsArgument } from './prelude.ts';

/**
 * JOIN: the job of one submission, on the key's open run or on a new one.
 *
 * ARGV: 3 the request as JSON, 4 the input or '', 5 the tags as JSON. Replies outcome: created or
 * joined, also when it is repeated, with run, lane, the job's deadline, why it is a miss, how long
 * it may take, and `hand`, the runs that the caller adds to BullMQ; done, with run, finishedAt, body and freshMs; full, and why;
 * limited, a bound of the tenant, with code, why and retryMs; what is left of the tenant's `rate`; conflict, the
 * Idempotency-Key has another question's job; needInput (nothing was changed: repeat with the input).
 */
export const joinScript = define(
  `${limitsArgument}
local q = cjson.decode(ARGV[3])
local input = ARGV[4]
local deadline = n(NOW + q.deadlineMs)
local function on(outcome, run, lane, reason, hand)
  return { 'hand', hand or {}, 'outcome', outcome, 'job', q.job, 'run', run, 'lane', lane, 'deadline', deadline,
    'reason', reason or '', 'rate', rateFields(q), waitOf(lane, run, q.model, q.tenant) }
end

local function full(why) return { 'outcome', 'full', 'why', why } end

local claimed = q.claim and claimedJob(q.claim)
if claimed == false then return { 'outcome', 'conflict' } end
q.job = claimed or q.job
local J = readHash(jobKey(q.job))
if J then                                                                                -- R14
  deadline = J.deadline
  local R = fieldsOf(runKey(J.run), 'lane', 'state', 'begun', 'turnof', 'handedat')
  local lane = R.lane or q.lane
  return on(J.dedup == '1' and 'joined' or 'created', J.run, lane, J.reason, missingOf(J.run, q.key, R))
end

local refused = q.hook and outboxFull(cjson.decode(q.hook).host, q.tenant, limits)
if refused then return refused end
if q.limits and q.limits.rpm then
  local waitMs = rateOf(q)
  if waitMs > 0 then
    return { 'outcome', 'limited', 'code', 'RATE_LIMITED', 'retryMs', waitMs, 'rate', rateFields(q),
      'why', n(q.limits.rpm) .. ' questions a minute are the most of this tenant: TENANT_RPM' }
  end
end

local slot = keyStateKey(q.key)
local S = readHash(slot) or {}
local run = not q.nostore and S.cur or nil
local R = run and readHash(runKey(run)) or nil
local hand
local joins = R and R.state == 'open'
  and not (R.begun == '1' and runFenced(R, q.tenant))                                    -- R15, R34
  and not (q.nocache and R.begun == '1')                                                 -- R16

if joins and q.refresh then return on('joined', run, R.lane, nil, missingOf(run, q.key, R)) end -- it is being computed anyway
if joins then
  if redis.call('SCARD', waitersKey(run)) >= limits.maxJobsPerRun then
    return full(n(limits.maxJobsPerRun) .. ' jobs share this run: MAX_JOBS_PER_RUN')
  end
else
  local last = not q.nocache and not q.nostore and S.last or nil
  local L = last and readHash(runKey(last)) or nil
  if L and NOW - num(L.fin) <= math.min(q.maxAgeMs, limits.lastMs, num(L.freshms) or limits.lastMs)
    and not runFenced(L, q.tenant) and num(L.runseq) > (q.afterRunSeq or 0) then
    local body = redis.call('GET', resultKey(last))                                      -- R17, R18
    if body then
      return { 'outcome', 'done', 'run', last, 'finishedAt', L.fin, 'freshMs', L.freshms or '', 'body', body }
    end
  end
  if redis.call('ZCARD', RECHECK) >= limits.queueMax then
    return full(n(limits.queueMax) .. ' runs are open: QUEUE_MAX')
  end
  if (num(S.n) or 0) >= limits.maxRunsPerKey then
    return full(n(limits.maxRunsPerKey) .. ' runs of this question are open, the most there may be')
  end
  if inputBytes() + q.inputBytes > limits.maxInputBytes then
    return full('inputs of open runs would take more than ' .. n(limits.maxInputBytes) .. ' bytes: INPUT_MAX_MB')
  end
  local quota = q.limits and quotaOf(q, q.inputBytes, limits)
  if quota then return { 'outcome', 'limited', 'code', 'QUOTA_EXCEEDED', 'retryMs', 1000, 'why', quota, 'rate', rateFields(q) } end
  if input == '' then return { 'outcome', 'needInput' } end
  run = q.run
  if q.tenant then openFor(q.tenant, q.inputBytes) end
  keepInput(run, input)
  redis.call('HSET', runKey(run), 'key', q.key, 'model', q.model, 'version', q.version,
    'engine', q.engine or '', 'tags', ARGV[5], 'lane', q.lane, 'state', 'open', 'begun', 0,
    'tries', 0, 'attempt', '', 'heartbeat', 0, 'store', q.nostore and 0 or 1, 'created', n(NOW),
    'bypass', (q.bypassArtefacts or q.nocache or q.nostore) and 1 or 0,
    'retain', n(q.retainMs or limits.retainMs), unpack(q.replyChannel and { 'replychannels', q.replyChannel } or {}))
  if q.tenant then
    redis.call('HSET', runKey(run), 'tenant', q.tenant, 'turnof', q.tenant, 'weight', q.weight or 1)
  end
  redis.call('ZADD', RECHECK, n(NOW + 2000), run)
  redis.call('ZADD', queueKey(q.lane), n(NOW), run)
  hand = handOrQueue(run, q.key, q.lane, q.tenant)
  redis.call('ZADD', RUNS, 0, run)
  redis.call('HINCRBY', slot, 'n', 1)
  if S.n then redis.call('PERSIST', slot) end
  if not q.nostore then redis.call('HSET', slot, 'cur', run) end
  R = { lane = q.lane, begun = '0' }
end

if joins and (q.bypassArtefacts or q.nocache) then redis.call('HSET', runKey(run), 'bypass', 1) end
if joins and q.replyChannel and not string.find(R.replychannels or '', q.replyChannel, 1, true) then
  redis.call('HSET', runKey(run), 'replychannels', (R.replychannels or '') .. ' ' .. q.replyChannel)
end
local reason = q.asked and noteAsked(q, ARGV[5], not joins, limits) or ''
local queueBy = q.maxQueueMs and NOW + q.maxQueueMs or nil
redis.call('HSET', jobKey(q.job), 'run', run, 'key', q.key, 'model', q.model, 'version', q.version,
  'status', R.begun == '1' and 'running' or 'queued', 'dedup', joins and 1 or 0,
  'created', n(NOW), 'deadline', deadline, 'reason', reason,
  'how', q.hook and 'webhook' or q.replyChannel and 'wait' or 'poll', unpack(queueBy and { 'queueby', n(queueBy) } or {}))
if q.hook then redis.call('HSET', jobKey(q.job), 'hook', q.hook) end
if q.tenant then redis.call('HSET', jobKey(q.job), 'tenant', q.tenant, 'by', q.askedBy or '') end
if q.limits and q.limits.rpm then countQuestion(q) end
if q.trace then redis.call('HSET', jobKey(q.job), 'trace', q.trace) end
if q.claim then keepClaim(q.claim, q.job) end
redis.call('SADD', waitersKey(run), q.job)
if R.begun == '1' then enqueue(q.job, 'running') end
redis.call('ZADD', DEADLINES, n(math.min(queueBy or num(deadline), num(deadline))), q.job)
local lane = R.lane
if R.stays ~= '1' and rankOf(q.lane) < rankOf(lane) then
  local since = redis.call('ZSCORE', queueKey(lane), run)
  if since then
    redis.call('ZREM', queueKey(lane), run)
    redis.call('ZADD', queueKey(q.lane), since, run)
  end
  hand = changeLane(run, q.key, R, q.lane)
  lane = q.lane
  redis.call('HSET', runKey(run), 'lane', lane)
end
if joins and q.tenant then shareTurn(run, R, lane, q.tenant, q.weight) end
return on(joins and 'joined' or 'created', run, lane, reason, hand or missingOf(run, q.key, R))
`,
  closeLua,
);
