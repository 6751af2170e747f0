import { dispatchLua } from './dispatch.ts';
import { define, limitsArgument } from './prelude.ts';

/** The ids of jobs whose deadline has passed, up to 100. */
export const overdueScript = define(`
return redis.call('ZRANGEBYSCORE', DEADLINES, '-inf', n(NOW), 'LIMIT', 0, 100)
`);

/**
 * RECHECK: the runs whose turn it is to go to BullMQ (R32), and open runs that may need their BullMQ job
 * added again: run, key and lane of each.
 * The next check of each is moved on in the same script, so that many reconcilers share the work.
 */
export const recheckScript = define(
  `${limitsArgument}
local found = {}
for _, run in ipairs(redis.call('ZRANGEBYSCORE', RECHECK, '-inf', n(NOW), 'LIMIT', 0, 100)) do
  local R = readHash(runKey(run))
  if not R or R.state ~= 'open' then
    redis.call('ZREM', RECHECK, run)
    dropInput(run)
    if not R then
      for _, lane in ipairs(LANES) do leaveDispatch(run, lane) end
    end
  else
    local age = NOW - num(R.created)
    redis.call('ZADD', RECHECK, n(NOW + math.min(math.max(age, 2000), 60000)), run)
    local isIdle = R.begun ~= '1' or NOW - num(R.heartbeat) >= limits.runLeaseMs
    if isIdle and not redis.call('ZSCORE', waitingKey(R.lane, R.turnof), run) then       -- R31
      redis.call('SADD', handedKey(R.lane), run)
      found[#found + 1] = handed(run, R.key, R.lane, R.handedat)
    end
  end
end
for _, lane in ipairs(LANES) do handNext(lane, 100, found) end                           -- R32
return found
`,
  dispatchLua,
);
