import { define, limitsArgument } from './prelude.ts';

/**
 * ANSWERED: the finished job of a question that was answered at once and that has a webhook. ARGV:
 * 3 the job as JSON, 4 the answer's members. Replies outcome: ok, with the job, also when it is
 * repeated; full, and why; limited, a bound of the tenant, as JOIN has it; conflict, the Idempotency-Key has another question's job.
 */
export const answeredScript = define(`${limitsArgument}
local q = cjson.decode(ARGV[3])
local claimed = q.claim and claimedJob(q.claim)
if claimed == false then return { 'outcome', 'conflict' } end
q.job = claimed or q.job
if redis.call('EXISTS', jobKey(q.job)) == 1 then return { 'outcome', 'ok', 'job', q.job } end
local refused = outboxFull(cjson.decode(q.hook).host, q.tenant, limits)
if refused then return refused end
redis.call('HSET', runKey(q.run), 'key', q.key, 'model', q.model, 'version', q.version,
  'state', 'succeeded', 'lane', q.lane, 'created', n(NOW), 'fin', n(NOW), 'retain', n(limits.retainMs))
redis.call('PEXPIRE', runKey(q.run), limits.retainMs)
keepResult(q.run, q.tenant, ARGV[4], limits, limits.retainMs)
redis.call('HSET', jobKey(q.job), 'run', q.run, 'key', q.key, 'model', q.model,
  'version', q.version, 'dedup', 0, 'created', n(NOW), 'deadline', n(NOW + q.deadlineMs),
  'hook', q.hook)
if q.tenant then redis.call('HSET', jobKey(q.job), 'tenant', q.tenant) end
if q.claim then keepClaim(q.claim, q.job) end
endJob(q.job, 'succeeded', limits, limits.retainMs)
trimJobs(1, limits)
return { 'outcome', 'ok', 'job', q.job }
`);
