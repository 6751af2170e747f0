import { define } from './prelude.ts';

/**
 * One job with its run. ARGV: 3 job. Replies now; trimmed, the newest job that was dropped for room;
 * the hashes of job and run; how long it may take; body, what FINALISE stored, up to 64 KiB.
 */
export const readJobScript = define(`
local job = redis.call('HGETALL', jobKey(ARGV[3]))
local J = tableOf(job)
local reply = { 'now', n(NOW), 'trimmed', redis.call('HGET', META, 'trimmed') or '', 'job', job,
  'run', J and redis.call('HGETALL', runKey(J.run)) or {} }
local function add(...)
  for _, value in ipairs({ ... }) do reply[#reply + 1] = value end
end
if J and (J.status == 'queued' or J.status == 'running') then
  add(waitOf(redis.call('HGET', runKey(J.run), 'lane'), J.run, J.model, J.tenant))
elseif J and (J.status == 'succeeded' or J.status == 'failed') then
  local bytes = redis.call('STRLEN', resultKey(J.run))
  if bytes > 0 and bytes <= 65536 then add('body', redis.call('GET', resultKey(J.run))) end
end
return reply
`);
