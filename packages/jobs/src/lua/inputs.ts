/**
 * The inputs of open runs. `inbytes` of `meta` is the sum of their lengths: an input and its bytes come
 * and go in one step, so that they are never given back twice. Where no run is open the sum is 0,
 * whatever was lost.
 */
export const inputsLua = `
local function inputBytes()
  if redis.call('ZCARD', RECHECK) == 0 then return 0 end
  return math.max(0, num(redis.call('HGET', META, 'inbytes')) or 0)
end
-- before the run is in RECHECK
local function keepInput(run, input)
  redis.call('SET', inputKey(run), input)
  redis.call('HSET', META, 'inbytes', n(inputBytes() + #input))
end
local function dropInput(run)
  local bytes = redis.call('STRLEN', inputKey(run))
  redis.call('DEL', inputKey(run))
  if bytes > 0 then redis.call('HINCRBY', META, 'inbytes', -bytes) end
  return bytes
end
`;
