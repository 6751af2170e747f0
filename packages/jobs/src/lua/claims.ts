/**
 * Idempotency-Keys. A key belongs to a job from the moment that the job is made, in the same script;
 * what makes no job leaves the key free. `q.claim`: digest of the key, what is asked, and for how long
 * it holds, in ms; `within`, how ids of jobs in this shard begin. A job of another shard is one from before
 * the number of shards changed: whoever comes here did not find it, so it has gone.
 */
export const claimsLua = `
local function claimKey(claim) return P .. 'x:' .. claim.digest end
-- The job that the key has already; false if it has another question's; nil if it is free.
local function claimedJob(claim)
  local held = redis.call('HMGET', claimKey(claim), 'job', 'body')
  if not held[1] then return nil end
  if held[2] ~= claim.question then return false end
  if claim.within and string.sub(held[1], 1, #claim.within) ~= claim.within then return nil end
  return held[1]
end
local function keepClaim(claim, job)
  redis.call('HSET', claimKey(claim), 'job', job, 'body', claim.question)
  redis.call('PEXPIRE', claimKey(claim), n(claim.heldMs))
end
`;
