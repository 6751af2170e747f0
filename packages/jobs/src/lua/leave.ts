import { closeLua } from './finalise.ts';
import { define, limitsArgument } from './prelude.ts';

/** The job goes; the run goes with it when nobody else wants it (R26). */
export const leaveLua = `${closeLua}
local function leave(job, J, status, limits)
  local R = readHash(runKey(J.run))
  endJob(job, status, limits, R and math.min(num(R.retain), limits.retainMs) or limits.retainMs)
  trimJobs(1, limits)
  redis.call('SREM', waitersKey(J.run), job)
  redis.call('SADD', askedKey(J.run), job)
  if not R or R.state ~= 'open' then return end
  if redis.call('SCARD', waitersKey(J.run)) > 0 then return chargeNext(J.run, R, J.tenant) end
  close(J.run, R, status, nil, limits)
  redis.call('PUBLISH', WORKERS, 'stop ' .. J.run)
end
`;

/** CANCEL: ends a job that is open. ARGV: 3 job. */
export const cancelScript = define(
  `${limitsArgument}
local J = readHash(jobKey(ARGV[3]))
if J and (J.status == 'queued' or J.status == 'running') then leave(ARGV[3], J, 'canceled', limits) end
return 1
`,
  leaveLua,
);

/** EXPIRE: ends a job whose deadline has passed, or that should have begun by now. ARGV: 3 job. */
export const expireScript = define(
  `${limitsArgument}
local J = readHash(jobKey(ARGV[3]))
if not J then
  redis.call('ZREM', DEADLINES, ARGV[3])
elseif J.status == 'queued' or J.status == 'running' then
  local deadline = num(J.deadline)
  if J.status == 'queued' and J.queueby then deadline = math.min(deadline, num(J.queueby)) end
  if deadline > NOW then
    redis.call('ZADD', DEADLINES, n(deadline), ARGV[3]) -- it has begun in time: only its own deadline is left
  else
    leave(ARGV[3], J, 'expired', limits)
  end
end
return 1
`,
  leaveLua,
);
