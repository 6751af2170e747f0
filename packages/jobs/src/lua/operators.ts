/** Runs as operators look at them: lists, one run with all its jobs, cancelling it; and its attempts. */
import { attemptsLua } from './attempts.ts';
import { leaveLua } from './leave.ts';
import { define, limitsArgument } from './prelude.ts';

const stateLua = `
-- As people speak of it: an open run waits, waits again, or is computed.
local function stateOf(R)
  if R.state ~= 'open' then return R.state end
  if R.begun == '1' and R.heartbeat ~= '0' then return 'running' end
  return (num(R.tries) or 0) > 0 and 'retrying' or 'queued'
end
-- Why the question that opened the run was a miss; not looked for among many.
local function reasonOf(run)
  for _, key in ipairs({ waitersKey(run), askedKey(run) }) do
    for _, job in ipairs(redis.call('SCARD', key) <= 20 and redis.call('SMEMBERS', key) or {}) do
      local J = fieldsOf(jobKey(job), 'dedup', 'reason')
      if J.dedup == '0' then return J.reason or '' end
    end
  end
  return ''
end
local function lastAttemptOf(run) return redis.call('LINDEX', attemptsKey(run), -1) or '' end
local function jobsOf(run) return redis.call('SCARD', waitersKey(run)) + redis.call('SCARD', askedKey(run)) end
`;

/**
 * Runs, the newest first. ARGV: 3 the run after which to go on, or ''; 4 what they must be, as JSON; 5 how
 * many at most. Looks at up to 1,000, which takes Redis a few ms. Replies now; rows; cursor, where to go on, or ''.
 */
export const listRunsScript = define(
  `
local q, most = cjson.decode(ARGV[4]), tonumber(ARGV[5])
local states = {}
for _, state in ipairs(q.states or {}) do states[state] = true end
local from, rows, looked, isOver = ARGV[3] == '' and '+' or '(' .. ARGV[3], {}, 0, false
while #rows < most and looked < 1000 and not isOver do
  local runs = redis.call('ZRANGE', RUNS, from, '-', 'BYLEX', 'REV', 'LIMIT', 0, 200)
  isOver = #runs < 200
  for at, run in ipairs(runs) do
    looked = looked + 1
    from = '(' .. run
    local R = fieldsOf(runKey(run), 'state', 'model', 'lane', 'tenant', 'begun', 'heartbeat', 'tries', 'created', 'fin')
    if R.state then
      local state = stateOf(R)
      local age = (num(R.fin) or NOW) - num(R.created)
      if (not q.states or states[state]) and (not q.model or q.model == R.model)
        and (not q.lane or q.lane == R.lane) and (not q.tenant or q.tenant == (R.tenant or 'default')) and (not q.olderThanMs or age > q.olderThanMs) then
        rows[#rows + 1] = { 'run', run, 'state', state, 'jobs', jobsOf(run),
          'reason', reasonOf(run), 'last', lastAttemptOf(run), 'hash', redis.call('HGETALL', runKey(run)) }
      end
    end
    if #rows == most then isOver = isOver and at == #runs break end
  end
end
return { 'now', n(NOW), 'rows', rows, 'cursor', isOver and '' or string.sub(from, 2),
  'times', redis.call('HGETALL', TIMES) }
`,
  stateLua,
);

/** One run. ARGV: 3 run. Replies now; state, '' if there is none; all that is kept of it, up to 1,000 jobs. */
export const showRunScript = define(
  `
local run = ARGV[3]
local R = readHash(runKey(run))
if not R then return { 'now', n(NOW), 'state', '' } end
local jobs = {}
for _, key in ipairs({ waitersKey(run), askedKey(run) }) do
  for _, job in ipairs(redis.call('SMEMBERS', key)) do
    if #jobs < 1000 then
      jobs[#jobs + 1] = { 'job', job, 'hash', redis.call('HGETALL', jobKey(job)) }
    end
  end
end
local body = R.state == 'failed' and redis.call('GET', resultKey(run))
return { 'now', n(NOW), 'state', stateOf(R), 'hash', redis.call('HGETALL', runKey(run)), 'jobs', jobs,
  'count', jobsOf(run), 'reason', reasonOf(run), 'last', lastAttemptOf(run), 'attempts', redis.call('LRANGE', attemptsKey(run), 0, -1),
  'progress', redis.call('XRANGE', eventsKey(run), '-', '+'), 'failure', body or R.failure or '',
  'position', R.state == 'open' and placeOf(R.lane, run, R.turnof) or '',
  'usualMs', redis.call('HGET', TIMES, 'usual|' .. R.model) or '' }
`,
  stateLua,
);

/** Cancels all jobs of a run, and so the run. ARGV: 3 run. Replies outcome: ok, unknown, ended; canceled. */
export const cancelRunScript = define(
  `${limitsArgument}
local R = fieldsOf(runKey(ARGV[3]), 'state')
if not R.state then return { 'outcome', 'unknown', 'canceled', 0 } end
if R.state ~= 'open' then return { 'outcome', 'ended', 'canceled', 0 } end
local jobs = redis.call('SMEMBERS', waitersKey(ARGV[3]))
for _, job in ipairs(jobs) do
  local J = readHash(jobKey(job))
  if J then leave(job, J, 'canceled', limits) else redis.call('SREM', waitersKey(ARGV[3]), job) end
end
return { 'outcome', 'ok', 'canceled', #jobs }
`,
  leaveLua,
);

/**
 * What a worker says of an attempt that gave no answer; FINALISE keeps the others. ARGV: 3 run; 4 how
 * long it took, in ms; 5 all else as JSON.
 */
export const recordAttemptScript = define(
  `${limitsArgument}
local R = fieldsOf(runKey(ARGV[3]), 'retain')
if not R.retain then return 0 end
keepAttempt(ARGV[3], NOW - tonumber(ARGV[4]), ARGV[5], math.min(num(R.retain), limits.retainMs))
return 1
`,
  attemptsLua,
);
