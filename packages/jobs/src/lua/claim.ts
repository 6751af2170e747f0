/**
 * An Idempotency-Key whose shard is not its question's: it is claimed before JOIN, which then gets the
 * job that the key has, and settled after. A claim that made no job is free again, unless somebody else
 * is under way with it. One whose process died in between stays claimed, with the id of a job that its
 * next submission makes.
 */
import { define } from './prelude.ts';

/** ARGV: 3 the claim as JSON, 4 the job that it would be given. Replies outcome: ok, with the job; conflict. */
export const claimScript = define(`
local claim = cjson.decode(ARGV[3])
local held = claimedJob(claim)
if held == false then return { 'outcome', 'conflict' } end
if not held then keepClaim(claim, ARGV[4]) end
redis.call('HINCRBY', claimKey(claim), 'underway', 1)
return { 'outcome', 'ok', 'job', held or ARGV[4] }
`);

/** ARGV: 3 the claim as JSON, 4 its job, 5 1 if the job was made. */
export const settleClaimScript = define(`
local claim = cjson.decode(ARGV[3])
local key = claimKey(claim)
if redis.call('HGET', key, 'job') ~= ARGV[4] then return 0 end
if ARGV[5] == '1' then redis.call('HSET', key, 'made', 1) end
if redis.call('HINCRBY', key, 'underway', -1) <= 0 and redis.call('HGET', key, 'made') ~= '1' then
  redis.call('DEL', key)
end
return 1
`);
