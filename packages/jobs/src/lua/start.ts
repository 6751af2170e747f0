import { closeLua } from './finalise.ts';
import { attemptArguments, define } from './prelude.ts';

/**
 * START: an attempt begins. ARGV: 5 a random id for a new log; 6 the attempt that this caller itself
 * saw fail, and 7 how, as a body, or twice ''; 8 the body for a run that silenced too many workers; 9 how
 * many of its jobs' traces are wanted at most.
 * Replies outcome: closed, with `hand`, the runs that the caller adds to BullMQ; busy; go, with what the
 * attempt needs.
 *
 * Whether a run is tried again is decided here alone (docs/adr/0004-tries.md). `tries` are failures
 * that the attempt's own worker saw, `lost` are owners that fell silent. A first START and one after
 * a RELEASE count as neither. A run over a limit is closed with its last failure.
 */
export const startScript = define(
  `${attemptArguments}
local function isClosed() return { 'outcome', 'closed', 'hand', R and handNext(R.lane, 2, {}) or {} } end
if not R or R.state ~= 'open' then return isClosed() end                    -- R19
if R.attempt ~= attempt then
  local failed = R.attempt ~= '' and R.attempt == ARGV[6]
  local silent = R.begun == '1' and R.heartbeat ~= '0' and not failed
  if silent and NOW - num(R.heartbeat) < limits.runLeaseMs then
    return { 'outcome', 'busy' }                                                         -- R20
  end
  local tries = num(R.tries) + (failed and 1 or 0)
  local lost = (num(R.lost) or 0) + (silent and 1 or 0)
  if silent then redis.call('HINCRBY', TIMES, 'stalls|' .. R.model, 1) end
  if tries >= limits.maxTries or lost > limits.maxLost then
    local failure = failed and ARGV[7] or R.failure
    close(run, R, 'failed', tries >= limits.maxTries and failure or ARGV[8], limits)
    return isClosed()
  end
  local m = head(nil, ARGV[5])
  local runseq = redis.call('HINCRBY', META, 'lastrunseq', 1)
  redis.call('HSET', runKey(run), 'begun', 1, 'attempt', attempt, 'epoch', n(m.epoch), 'seq', n(m.seq),
    'id', m.id, 'runseq', n(runseq), 'heartbeat', n(NOW), 'since', n(NOW), 'tries', tries, 'lost', lost,
    'started', R.started or n(NOW))                                                      -- R21
  redis.call('ZREM', queueKey(R.lane), run)
  if not R.started then
    for _, job in ipairs(redis.call('SMEMBERS', waitersKey(run))) do
      redis.call('HSET', jobKey(job), 'status', 'running')
      enqueue(job, 'running')
    end
    notify(run, 'begun')
    observe('queue', R, NOW - num(R.created))
  end
  R.epoch, R.seq, R.id, R.runseq, R.tries = n(m.epoch), n(m.seq), m.id, n(runseq), tries
end
local traces, most = {}, num(ARGV[9])
local jobs = most > 0 and redis.call('SMEMBERS', waitersKey(run)) or {}
for at = 1, math.min(#jobs, 1000) do
  if #traces == most then break end
  traces[#traces + 1] = redis.call('HGET', jobKey(jobs[at]), 'trace') or nil
end
return { 'outcome', 'go', 'traces', traces, 'key', R.key, 'model', R.model, 'version', R.version, 'engine', R.engine or '',
  'tags', R.tags, 'tenant', R.tenant or '', 'store', R.store, 'epoch', R.epoch, 'seq', R.seq, 'id', R.id, 'runSeq', R.runseq, 'log', redis.call('HGET', META, 'log') or '',
  'tries', num(R.tries) + 1, 'bypassArtefacts', R.bypass or '0',
  'input', redis.call('GET', inputKey(run)) or '' }
`,
  closeLua,
);
