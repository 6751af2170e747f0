import { storeLua } from '@deja/cache-core/redis';
import { attemptsLua } from './attempts.ts';
import { dispatchLua } from './dispatch.ts';
import { attemptArguments, define } from './prelude.ts';

/**
 * The end of a run. It leaves 'open' once, in `close`; its result is written first (R23, R24).
 *
 * `notifyEnd` tells the processes whose requests wait for the run that it has ended, and all that they
 * answer, if that is little.
 */
export const closeLua = `${dispatchLua}
-- A run keeps its tags, not its scopes: a value above 64 bytes would make its hash a slow one.
-- tenant: who asks, nil if it is nobody in particular (R34)
local function runFenced(run, tenant)
  local scopes = { '*', 'k:' .. run.key }
  for _, tag in ipairs(cjson.decode(run.tags)) do scopes[#scopes + 1] = 't:' .. tag end
  if run.derived then                                                                    -- R28
    for _, scope in ipairs(redis.call('SMEMBERS', scopesKey(run.derived))) do scopes[#scopes + 1] = scope end
  end
  return fenced(num(run.epoch), num(run.seq), scopes, tenant)
end

local MOST_NOTIFIED_BYTES, MOST_NOTIFIED_JOBS = 16384, 10000
local function notifyEnd(run, R, state, body, jobs, isFenced)
  if not R.replychannels then return end
  local text = 'end ' .. run
  if body and R.runseq and #jobs > 0 and #body <= MOST_NOTIFIED_BYTES and #jobs <= MOST_NOTIFIED_JOBS then
    text = text .. ' ' .. cjson.encode({ status = state, fenced = isFenced and true or false, jobs = jobs,
      epoch = R.epoch, seq = R.seq, id = R.id, runSeq = R.runseq }) .. '\\n' .. body
  end
  for channel in string.gmatch(R.replychannels, '%S+') do redis.call('PUBLISH', CHANNEL .. ':' .. channel, text) end
end

-- Who asked, for people: the jobs that the run ended, beside those that had left it.
local function keepAsked(run, jobs, retainMs)
  local asked = askedKey(run)
  if #jobs > 0 and redis.call('EXISTS', asked) == 0 then
    redis.call('RENAME', waitersKey(run), asked)
  else
    for _, job in ipairs(jobs) do redis.call('SADD', asked, job) end
    redis.call('DEL', waitersKey(run))
  end
  redis.call('PEXPIRE', asked, retainMs)
end

-- Two, so that the list of runs has no more of those that are no longer kept than end.
local function trimRuns()
  for _, old in ipairs(redis.call('ZRANGE', RUNS, 0, 1)) do
    if redis.call('EXISTS', runKey(old)) == 0 then redis.call('ZREM', RUNS, old) end
  end
end

-- The caller has checked that the run is open. body: nil when no job is left to read one.
local function close(run, R, state, body, limits, isFenced)
  local retainMs = math.min(num(R.retain), limits.retainMs)
  if body then keepResult(run, R.tenant, body, limits, retainMs) end
  redis.call('HSET', runKey(run), 'state', state, 'fin', n(NOW), 'fenced', isFenced and 1 or 0)
  local jobs = redis.call('SMEMBERS', waitersKey(run))
  for _, job in ipairs(jobs) do endJob(job, state, limits, retainMs) end
  trimJobs(#jobs, limits)
  local slot = keyStateKey(R.key)
  if state == 'succeeded' and R.store == '1' then
    redis.call('HSET', slot, 'last', run)
    noteAnswer(run, R)
  end
  if redis.call('HGET', slot, 'cur') == run then redis.call('HDEL', slot, 'cur') end
  if redis.call('HINCRBY', slot, 'n', -1) <= 0 then redis.call('PEXPIRE', slot, limits.lastMs) end
  redis.call('ZREM', RECHECK, run)
  leaveDispatch(run, R.lane, R.turnof)
  if R.begun ~= '1' or R.heartbeat == '0' then redis.call('ZREM', queueKey(R.lane), run) end
  if state == 'succeeded' and R.since then
    observe('run', R, NOW - num(R.since))
    learn(R.model, NOW - num(R.since))
  elseif state ~= 'succeeded' then
    redis.call('HINCRBY', TIMES, 'unsuccessful|' .. R.model .. '|' .. state, 1)
  end
  keepAsked(run, jobs, retainMs)
  trimRuns()
  local bytes = dropInput(run)
  if R.tenant then closeFor(R.tenant, bytes) end
  redis.call('PEXPIRE', runKey(run), retainMs)
  if R.progress then redis.call('PEXPIRE', eventsKey(run), retainMs) end
  if R.derived then redis.call('PEXPIRE', scopesKey(run), retainMs) end
  local order = R.epoch and table.concat({ '', R.epoch, R.seq, R.runseq }, ' ') or ''
  notifyEnd(run, R, state, body, jobs, isFenced)
  redis.call('PUBLISH', CHANNEL, 'run ' .. run .. ' ' .. state .. ' ' .. R.key .. order)
end
`;

/**
 * FINALISE: the attempt's result is the run's, once. ARGV: 5 state, 6 body, 7 for how long the
 * result is fresh, in ms, where it is for less than its model says, or ''; 8 what operators see of the
 * attempt, as JSON, or ''; 9 the trace of the run, or ''; from 10 six arguments of `storeEntry` for each entry, where entries share
 * this server and nobody has stored the run's.
 * Replies outcome: ok, whether the result is fenced, how many entries had to make room, and `hand`, the
 * runs that the caller adds to BullMQ; already; closed; superseded.
 */
export const finaliseScript = define(
  `${attemptArguments}
if not R then return { 'outcome', 'closed' } end
if R.state ~= 'open' then                                                                -- R24
  return { 'outcome', R.attempt == attempt and R.state == ARGV[5] and 'already' or 'closed' }
end
if R.attempt ~= attempt then return { 'outcome', 'superseded' } end                      -- R25
if ARGV[9] ~= '' then redis.call('HSET', runKey(run), 'trace', ARGV[9]) end
if ARGV[7] ~= '' then redis.call('HSET', runKey(run), 'freshms', ARGV[7]) end
local isFenced = runFenced(R)
-- No reader would serve a fenced entry; one that only a tenant's scope fences is for the others (R34). One that cannot be stored keeps nobody waiting.
local evicted = 0
for at = 10, isFenced and 0 or #ARGV, 6 do
  local isDone, _, count = pcall(storeEntry, unpack(ARGV, at, at + 5))
  if isDone then evicted = evicted + (count or 0) end
end
if ARGV[8] ~= '' then
  keepAttempt(run, num(R.since), ARGV[8], math.min(num(R.retain), limits.retainMs))
end
close(run, R, ARGV[5], ARGV[6], limits, isFenced)
return { 'outcome', 'ok', 'fenced', isFenced and 1 or 0, 'evicted', evicted, 'hand', handNext(R.lane, 2, {}) }
`,
  attemptsLua + storeLua + closeLua,
);
