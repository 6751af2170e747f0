import { limitsArgument } from './prelude.ts';

const attempt = `${limitsArgument}
local run, attempt = ARGV[3], ARGV[4]
local R = readHash(runKey(run))
`;

/**
 * START: an attempt begins. ARGV: 5 a random id for a new log, 6 the id of the attempt that this
 * caller itself saw fail, or '', 7 and 8 the bodies to fail a run with that failed, or lost its
 * worker, too often. Replies: CLOSED; BUSY; GO with what the attempt needs.
 *
 * What counts (docs/adr/0004-tries.md): `tries` are failures that the attempt's own worker saw, `lost`
 * are owners that fell silent. A first START and one after a RELEASE count as neither.
 */
export const startLua = `${attempt}
if not R or R.state ~= 'open' then return { 'CLOSED' } end                               -- R19
if R.attempt ~= attempt then
  local failed = R.attempt ~= '' and R.attempt == ARGV[6]
  local silent = R.begun == '1' and R.heartbeat ~= '0' and not failed
  if silent and NOW - num(R.heartbeat) < limits.runLeaseMs then return { 'BUSY' } end         -- R20
  local tries = num(R.tries) + (failed and 1 or 0)
  local lost = (num(R.lost) or 0) + (silent and 1 or 0)
  if silent then redis.call('HINCRBY', TIMES, 'stalls|' .. R.model, 1) end
  if tries >= limits.maxTries or lost > limits.maxLost then
    close(run, R, 'failed', ARGV[tries >= limits.maxTries and 7 or 8], limits)
    return { 'CLOSED' }
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
    observe('queue', R.model, NOW - num(R.created))
  end
  R.epoch, R.seq, R.id, R.runseq, R.tries = n(m.epoch), n(m.seq), m.id, n(runseq), tries
end
return { 'GO', R.key, R.model, R.version, R.tags, R.store, R.epoch, R.seq, R.id, R.runseq, num(R.tries) + 1,
  redis.call('GET', inputKey(run)) or '', R.bypass or '0', R.engine or '', redis.call('HGET', META, 'log') }
`;

/**
 * INHERIT SCOPES: the attempt is about to use an entry that an earlier run left. ARGV: 5 the entry's scopes as
 * JSON, 6 to 8 its epoch, seq and id. Replies OK, and from then on the run's scopes hold those of the
 * entry, so that joins and FINALISE judge the run by them, too; or FENCED: it may not be used (R28).
 *
 * Judged here and now, not by what START saw: whatever was in the log then still is, or has moved
 * the log's beginning past the entry.
 */
export const inheritScopesLua = `${attempt}
if not R or R.state ~= 'open' or R.attempt ~= attempt then return 'FENCED' end
local scopes, epoch, seq = cjson.decode(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
if num(R.epoch) ~= epoch or recordId(seq) ~= ARGV[8] or fenced(epoch, seq, scopes) then return 'FENCED' end
-- apart from the run, whose hash is to stay a small one
redis.call('SADD', scopesKey(run), unpack(scopes))
redis.call('HSET', runKey(run), 'derived', run)
return 'OK'
`;

/** HEARTBEAT: the attempt lives. ARGV: 5 progress as JSON, or ''. Replies GO or STOP. */
export const heartbeatLua = `${attempt}
if not R or R.state ~= 'open' or R.attempt ~= attempt then return 'STOP' end                     -- R22
redis.call('HSET', runKey(run), 'heartbeat', n(NOW))
if ARGV[5] ~= '' and ARGV[5] ~= R.progress then
  redis.call('HSET', runKey(run), 'progress', ARGV[5])
  redis.call('XADD', eventsKey(run), 'MAXLEN', '~', 64, '*', 'p', ARGV[5])
  notify(run, 'progress')
end
return 'GO'
`;

/**
 * RELEASE: the run goes back. ARGV: 5 when it may be tried again, in ms, 6 '1' when this attempt had
 * failed; otherwise it is as if it had not been. 7 the lane to which it moves, and in which it stays
 * whoever joins it, or ''.
 */
export const releaseLua = `${attempt}
if not R or R.state ~= 'open' or R.attempt ~= attempt or R.heartbeat == '0' then return 0 end
redis.call('HSET', runKey(run), 'heartbeat', 0)
if ARGV[6] == '1' then redis.call('HINCRBY', runKey(run), 'tries', 1) end
if ARGV[7] ~= '' then
  redis.call('HSET', runKey(run), 'lane', ARGV[7], 'stays', 1)
  R.lane = ARGV[7]
end
redis.call('ZADD', RECHECK, n(NOW + tonumber(ARGV[5])), run)
redis.call('ZADD', queueKey(R.lane), R.created, run)
return 1
`;

/**
 * FINALISE: the attempt's result is the run's, once. ARGV: 5 state, 6 body, 7 for how long the
 * result is fresh, in ms, where it is for less than its model says, or ''.
 * Replies: OK and whether the result is fenced; ALREADY; CLOSED; SUPERSEDED.
 */
export const finaliseLua = `${attempt}
if not R then return { 'CLOSED' } end
if R.state ~= 'open' then return { R.attempt == attempt and R.state == ARGV[5] and 'ALREADY' or 'CLOSED' } end -- R24
if R.attempt ~= attempt then return { 'SUPERSEDED' } end                                         -- R25
if ARGV[7] ~= '' then redis.call('HSET', runKey(run), 'freshms', ARGV[7]) end
local isFenced = runFenced(R)
close(run, R, ARGV[5], ARGV[6], limits, isFenced)
return { 'OK', isFenced and 1 or 0 }
`;
