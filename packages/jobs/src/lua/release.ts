import { dispatchLua } from './dispatch.ts';
import { attemptArguments, define } from './prelude.ts';

/**
 * RELEASE: the run goes back. ARGV: 5 when it may be tried again, in ms; 6 how this attempt had
 * failed, as a body, which counts as a try, or '': then it is as if it had not been; 7 the lane to
 * which it moves, and in which it stays whoever joins it, or ''.
 */
export const releaseScript = define(
  `${attemptArguments}
if not R or R.state ~= 'open' or R.attempt ~= attempt or R.heartbeat == '0' then return 0 end
redis.call('HSET', runKey(run), 'heartbeat', 0)
if ARGV[6] ~= '' then
  redis.call('HINCRBY', runKey(run), 'tries', 1)
  redis.call('HSET', runKey(run), 'failure', ARGV[6])
end
if ARGV[7] ~= '' then
  redis.call('HSET', runKey(run), 'lane', ARGV[7], 'stays', 1)
  changeLane(run, R.key, R, ARGV[7])
  if R.handedat then redis.call('HDEL', runKey(run), 'handedat') end -- the worker adds it without
  R.lane = ARGV[7]
end
redis.call('ZADD', RECHECK, n(NOW + tonumber(ARGV[5])), run)
if ARGV[5] ~= '0' then leaveDispatch(run, R.lane, R.turnof) end -- it keeps nobody from BullMQ until RECHECK adds it
redis.call('ZADD', queueKey(R.lane), R.created, run)
return 1
`,
  dispatchLua,
);
