import { LANES } from '../runs/run.ts';

/** The names of keys, and how hashes are read. */
export const namesLua = `
local WORKERS = CHANNEL .. ':workers'
local DEADLINES = P .. 'deadlines'
local RECHECK = P .. 'recheck'
local FIN = P .. 'fin'
local RES = P .. 'res'
local TIMES = P .. 'times'
local RUNS = P .. 'runs'
local function runKey(run) return P .. 'r:' .. run end
local function waitersKey(run) return P .. 'w:' .. run end
local function askedKey(run) return P .. 'a:' .. run end
local function attemptsKey(run) return P .. 't:' .. run end
local function inputKey(run) return P .. 'i:' .. run end
local function resultKey(run) return P .. 'o:' .. run end
local function scopesKey(run) return P .. 's:' .. run end
local function eventsKey(run) return P .. 'e:' .. run end
local function jobKey(job) return P .. 'j:' .. job end
local function keyStateKey(key) return P .. 'k:' .. key end

-- the fastest first
local LANES = { '${LANES.join("', '")}' }
local function rankOf(lane)
  for rank, name in ipairs(LANES) do
    if name == lane then return rank end
  end
end
-- Runs that wait to begin, by lane: for people, and for honest times.
local function queueKey(lane) return P .. 'q:' .. lane end
-- Runs that BullMQ does not have yet, by when they were opened. tenant: nil while there are no keys.
local function waitingKey(lane, tenant) return P .. 'waiting:' .. lane .. (tenant and ':' .. tenant or '') end

local function tableOf(flat)
  local hash = {}
  for i = 1, #flat, 2 do hash[flat[i]] = flat[i + 1] end
  return next(hash) and hash or nil
end
local function readHash(key) return tableOf(redis.call('HGETALL', key)) end

-- to those who follow this run
local function notify(run, what)
  redis.call('PUBLISH', CHANNEL .. ':' .. run, 'run ' .. run .. ' ' .. what)
end
`;
