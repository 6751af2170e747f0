import { define } from './prelude.ts';

/**
 * CLAIM: the job of an Idempotency-Key. ARGV: 3 digest of tenant and key, 4 a new job, 5 what is
 * asked, 6 for how long it holds, in ms. Replies the job that the key has, or '' for another question.
 */
export const claimScript = define(`
local X = P .. 'x:' .. ARGV[3]
local held = redis.call('HMGET', X, 'job', 'body')
if held[1] then return held[2] == ARGV[5] and held[1] or '' end
redis.call('HSET', X, 'job', ARGV[4], 'body', ARGV[5])
redis.call('PEXPIRE', X, ARGV[6])
return ARGV[4]
`);
