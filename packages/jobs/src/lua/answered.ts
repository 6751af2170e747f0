import { define, limitsArgument } from './prelude.ts';

/**
 * ANSWERED: the finished job of a question that was answered at once and that has a webhook. ARGV:
 * 3 the job as JSON, 4 the answer's members. Replies outcome: ok, also when it is repeated; full, and why.
 */
export const answeredScript = define(`${limitsArgument}
local q = cjson.decode(ARGV[3])
if redis.call('EXISTS', jobKey(q.job)) == 1 then return { 'outcome', 'ok' } end
local isOver = outboxFull(q.hook, limits)
if isOver then return { 'outcome', 'full', 'why', isOver } end
redis.call('HSET', runKey(q.run), 'key', q.key, 'model', q.model, 'version', q.version,
  'state', 'succeeded', 'lane', q.lane, 'created', n(NOW), 'fin', n(NOW), 'retain', n(limits.retainMs))
redis.call('PEXPIRE', runKey(q.run), limits.retainMs)
keepResult(q.run, ARGV[4], limits, limits.retainMs)
redis.call('HSET', jobKey(q.job), 'run', q.run, 'key', q.key, 'model', q.model,
  'version', q.version, 'dedup', 0, 'created', n(NOW), 'deadline', n(NOW + q.deadlineMs),
  'hook', q.hook)
endJob(q.job, 'succeeded', limits, limits.retainMs)
trimJobs(1, limits)
return { 'outcome', 'ok' }
`);
