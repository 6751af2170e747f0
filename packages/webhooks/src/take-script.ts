import { defineJobScript } from '@deja/jobs';

/**
 * TAKE: rows that are due, each given to one worker. The row stays, and comes again after the lease
 * unless it is renewed or settled (R29). Tenants take turns, one row at a time; one that has as many places
 * of the worker as are free is held back. ARGV: 3 how many at most, 4 lease in ms, 5 free places, 6 those
 * that tenants hold, as JSON. `nextInMs`: until another row is due, or -1.
 */
export const takeScript = defineJobScript(`
local most, free, held = tonumber(ARGV[3]), tonumber(ARGV[5]), cjson.decode(ARGV[6])
local rows, isHeldBack = {}, 0
local function take(id, tenant)
  local version = redis.call('HGET', deliveryKey(id), 'version')
  if not version then return dropPending(id, nil, tenant) end
  setDue(id, tenant, n(NOW + tonumber(ARGV[4])), 'XX')                                   -- R29
  rows[#rows + 1] = { 'id', id, 'version', version, 'tenant', tenant or '' }
  free = free - 1
end
local function firstDue(key, count) return redis.call('ZRANGEBYSCORE', key, '-inf', n(NOW), 'LIMIT', 0, count) end

local due = firstDue(OUT_RING, 1000)
local ring = due
while #ring > 0 and #rows < most do
  local again = {}
  for _, tenant in ipairs(ring) do
    local id, has = firstDue(outOf(tenant), 1)[1], held[tenant] or 0
    if id and has >= free then isHeldBack = 1
    elseif id and #rows < most then
      take(id, tenant)
      held[tenant] = has + 1
      again[#again + 1] = tenant
    end
  end
  ring = again
end
for _, tenant in ipairs(due) do
  local first = redis.call('ZRANGE', outOf(tenant), 0, 0, 'WITHSCORES')[2]
  if first then redis.call('ZADD', OUT_RING, n(math.max(NOW, num(first))), tenant)
  else redis.call('ZREM', OUT_RING, tenant) end
end
-- what nobody's is: all, while keys are off
if #rows < most then
  for _, id in ipairs(firstDue(OUT, most - #rows)) do
    if redis.call('HEXISTS', deliveryKey(id), 'tenant') == 0 then take(id) end
  end
end
if redis.call('EXISTS', OUT) == 0 then redis.call('DEL', OUT_HOSTS) end -- in case a row was lost
local next = redis.call('ZRANGEBYSCORE', OUT, '(' .. n(NOW), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]
return { 'rows', rows, 'isHeldBack', isHeldBack, 'nextInMs', n(next and num(next) - NOW or -1) }
`);
