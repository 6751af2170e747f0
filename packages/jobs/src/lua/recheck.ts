import { define, limitsArgument } from './prelude.ts';

/** The ids of jobs whose deadline has passed, up to 100. */
export const overdueScript = define(`
return redis.call('ZRANGEBYSCORE', DEADLINES, '-inf', n(NOW), 'LIMIT', 0, 100)
`);

/**
 * RECHECK: open runs that may need their BullMQ job added (again): run, key and lane of each.
 * The next check of each is moved on in the same script, so that many reconcilers share the work.
 */
export const recheckScript = define(`${limitsArgument}
local found = {}
for _, run in ipairs(redis.call('ZRANGEBYSCORE', RECHECK, '-inf', n(NOW), 'LIMIT', 0, 100)) do
  local R = readHash(runKey(run))
  if not R or R.state ~= 'open' then
    redis.call('ZREM', RECHECK, run)
    dropInput(run)
  else
    local age = NOW - num(R.created)
    redis.call('ZADD', RECHECK, n(NOW + math.min(math.max(age, 2000), 60000)), run)
    if R.begun ~= '1' or NOW - num(R.heartbeat) >= limits.runLeaseMs then                -- R31
      found[#found + 1] = { 'run', run, 'key', R.key, 'lane', R.lane }
    end
  end
end
return found
`);
