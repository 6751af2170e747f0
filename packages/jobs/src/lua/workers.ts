/**
 * Workers: `workers` has when each was last heard of, `workers:slots`, `workers:models` and
 * `workers:holds` what it has. `window` is how many runs of a lane BullMQ may have: twice what all of them
 * hold at once.
 */
import { dispatchLua } from './dispatch.ts';
import { define } from './prelude.ts';

const names = `
local ALIVE, SLOTS, MODELS = P .. 'workers', P .. 'workers:slots', P .. 'workers:models'
local ABOUT, HOLDS = P .. 'workers:about', P .. 'workers:holds'
local function forget(worker)
  redis.call('ZREM', ALIVE, worker)
  for _, key in ipairs({ SLOTS, MODELS, ABOUT, HOLDS }) do redis.call('HDEL', key, worker) end
end
local function setWindow()
  local sums = {}
  for _, holds in pairs(readHash(HOLDS) or {}) do
    for lane, count in pairs(cjson.decode(holds)) do sums[lane] = (sums[lane] or 0) + 2 * count end
  end
  if not next(sums) then redis.call('DEL', WINDOW) end
  for lane, count in pairs(sums) do redis.call('HSET', WINDOW, lane, count) end
end
`;
const alive = `${names}
local alive = redis.call('ZRANGEBYSCORE', ALIVE, n(NOW - 5000), '+inf')
`;

/** ARGV: 3 worker, 4 its slots for long work; as JSON: 5 its models, 6 what it does, 7 how many runs of each lane it holds. Forgets workers after a minute. */
export const announceScript = define(
  `${names}
redis.call('ZADD', ALIVE, n(NOW), ARGV[3])
redis.call('HSET', SLOTS, ARGV[3], ARGV[4])
redis.call('HSET', MODELS, ARGV[3], ARGV[5])
redis.call('HSET', ABOUT, ARGV[3], ARGV[6])
local gone = redis.call('ZRANGEBYSCORE', ALIVE, '-inf', n(NOW - 60000))
for _, worker in ipairs(gone) do forget(worker) end
local isNews = redis.call('HGET', HOLDS, ARGV[3]) ~= ARGV[7]
if isNews then redis.call('HSET', HOLDS, ARGV[3], ARGV[7]) end
if isNews or #gone > 0 then setWindow() end
return 1
`,
  dispatchLua,
);

/** ARGV: 3 worker. */
export const leaveScript = define(
  `${names}
forget(ARGV[3])
setWindow()
return 1
`,
  dispatchLua,
);

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
