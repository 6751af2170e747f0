/**
 * Workers: `workers` has when each was last heard of, `workers:slots` and `workers:models` what it
 * has.
 */
import { define } from './prelude.ts';

const names = `
local ALIVE, SLOTS, MODELS = P .. 'workers', P .. 'workers:slots', P .. 'workers:models'
local ABOUT = P .. 'workers:about'
`;
const alive = `${names}
local alive = redis.call('ZRANGEBYSCORE', ALIVE, n(NOW - 5000), '+inf')
`;

/** ARGV: 3 worker, 4 its slots for long work, 5 its models and 6 what it does, as JSON. Forgets workers after a minute. */
export const announceScript = define(`${names}
redis.call('ZADD', ALIVE, n(NOW), ARGV[3])
redis.call('HSET', SLOTS, ARGV[3], ARGV[4])
redis.call('HSET', MODELS, ARGV[3], ARGV[5])
redis.call('HSET', ABOUT, ARGV[3], ARGV[6])
for _, old in ipairs(redis.call('ZRANGEBYSCORE', ALIVE, '-inf', n(NOW - 60000))) do
  redis.call('ZREM', ALIVE, old)
  redis.call('HDEL', SLOTS, old)
  redis.call('HDEL', MODELS, old)
  redis.call('HDEL', ABOUT, old)
end
return 1
`);

/** Workers heard of in the last 5 s, and their slots. */
export const countWorkersScript = define(`${alive}
local slots = 0
for _, worker in ipairs(alive) do slots = slots + tonumber(redis.call('HGET', SLOTS, worker) or '1') end
return { 'workers', #alive, 'slots', slots }
`);

/** The models of each, as JSON. */
export const workerModelsScript = define(`${alive}
local found = {}
for _, worker in ipairs(alive) do found[#found + 1] = redis.call('HGET', MODELS, worker) or '[]' end
return found
`);

/** All that is known of each, and when it was last heard of. */
export const listWorkersScript = define(`${alive}
local found = {}
for _, worker in ipairs(alive) do
  found[#found + 1] = { 'worker', worker, 'silentMs', n(NOW - num(redis.call('ZSCORE', ALIVE, worker))),
    'slots', redis.call('HGET', SLOTS, worker) or '1', 'models', redis.call('HGET', MODELS, worker) or '[]',
    'about', redis.call('HGET', ABOUT, worker) or '' }
end
return found
`);
