import { attemptArguments, define } from './prelude.ts';

/**
 * INHERIT SCOPES: the attempt is about to use an entry that an earlier run left. ARGV: 5 the entry's
 * scopes as JSON, 6 to 8 its epoch, seq and id. Replies ok, and from then on the run's scopes hold
 * those of the entry, so that joins and FINALISE judge the run by them, too; or fenced: it may not be
 * used (R28).
 *
 * The run's tenant is the tenant of all who may join it: what is made of artefacts is not shared.
 * Judged here and now, not by what START saw: whatever was in the log then still is, or has moved
 * the log's beginning past the entry.
 */
export const inheritScopesScript = define(`${attemptArguments}
if not R or R.state ~= 'open' or R.attempt ~= attempt then return 'fenced' end
local scopes, epoch, seq = cjson.decode(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local isReached = seq <= (num(redis.call('HGET', META, 'seq')) or 0)
if num(R.epoch) ~= epoch or not isReached or recordId(seq) ~= ARGV[8] or fenced(epoch, seq, scopes, R.tenant) then -- R28
  return 'fenced'
end
-- apart from the run, whose hash is to stay a small one
redis.call('SADD', scopesKey(run), unpack(scopes))
redis.call('HSET', runKey(run), 'derived', run)
return 'ok'
`);
