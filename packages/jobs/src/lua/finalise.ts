import { attemptArguments, define } from './prelude.ts';

/**
 * FINALISE: the attempt's result is the run's, once. ARGV: 5 state, 6 body, 7 for how long the
 * result is fresh, in ms, where it is for less than its model says, or ''.
 * Replies outcome: ok, and whether the result is fenced; already; closed; superseded.
 */
export const finaliseScript = define(`${attemptArguments}
if not R then return { 'outcome', 'closed' } end
if R.state ~= 'open' then                                                                -- R24
  return { 'outcome', R.attempt == attempt and R.state == ARGV[5] and 'already' or 'closed' }
end
if R.attempt ~= attempt then return { 'outcome', 'superseded' } end                      -- R25
if ARGV[7] ~= '' then redis.call('HSET', runKey(run), 'freshms', ARGV[7]) end
local isFenced = runFenced(R)
close(run, R, ARGV[5], ARGV[6], limits, isFenced)
return { 'outcome', 'ok', 'fenced', isFenced and 1 or 0 }
`);
