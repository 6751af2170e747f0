/**
 * What was asked before, as digests, so that a miss can say why it is one (docs/protocol.md#why-a-miss).
 * These keys are hints for people. No rule reads them: without them only the reasons change.
 *
 *  - `question:<key>`: one question: its version and engine, tags and parts, who asked it when, why that was a
 *    miss, and when, until when and with which token it was answered last;
 *  - `asked:<tenant>:<model>`: the questions of a model by when they were asked; the oldest go first;
 *  - `near:<tenant>:<model>`: digest of a part → the latest question that has it.
 *
 * An error in here fails no script. `q.asked` is what the caller knows of its question (runs/miss-reason.ts). A question that is stored
 * nowhere (`nostore`) leaves nothing. Old questions go 16 at a time, which takes a tenth of the calls.
 */
export const askedLua = `
local function questionKey(key) return P .. 'question:' .. key end
local function recentKey(q) return P .. 'asked:' .. q.asked.tenant .. ':' .. q.model end
local function nearKey(q) return P .. 'near:' .. q.asked.tenant .. ':' .. q.model end
local function digestsIn(text)
  local digests = {}
  for digest in string.gmatch(text, '%S+') do digests[#digests + 1] = digest end
  return digests
end

local function answerInvalidated(key, tags, epoch, seq, tenant)
  if not epoch then return false end
  local scopes = { '*', 'k:' .. key }
  for _, tag in ipairs(cjson.decode(tags)) do scopes[#scopes + 1] = 't:' .. tag end
  return fenced(num(epoch), num(seq), scopes, tenant)
end

-- The first of the nine reasons that holds, and the key of the question that it is told against.
local function missReason(q)
  local a = q.asked
  if a.seen == 'request_directive' then return a.seen end
  local own = redis.call('HMGET', questionKey(q.key), 'tags', 'epoch', 'seq', 'expires', 'why', 'near', 'tenant')
  if a.seen then return a.seen, own[1] and q.key end
  if own[2] then
    local lost = NOW >= num(own[4]) and 'expired' or 'evicted'
    return answerInvalidated(q.key, own[1], own[2], own[3], q.tenant) and 'invalidated' or lost, q.key
  end
  -- What another tenant asked before is not told.
  if own[5] and own[5] ~= 'request_directive' and (own[7] or a.tenant) == a.tenant then return own[5], own[6] end
  local digests = digestsIn(a.digests)
  local WHY = { o = 'series_changed', s = 'options_changed', g = #digests > 2 and 'series_changed' or 'input_changed' }
  for at, key in ipairs(redis.call('HMGET', nearKey(q), unpack(digests))) do
    local N = key and key ~= q.key and redis.call('HMGET', questionKey(key), 'tags', 'epoch', 'seq', 'identity')
    if N and N[1] then
      if answerInvalidated(key, N[1], N[2], N[3], q.tenant) then return 'invalidated', key end
      if N[4] ~= a.identity then return 'version_changed', key end
      local why = WHY[string.sub(digests[at], 1, 1)]
      if why then return why, key end
    end
  end
  return 'never_seen'
end

local function forgetAsked(q, keys)
  local digests, owners, gone, records = {}, {}, {}, {}
  for at, key in ipairs(keys) do
    records[at] = questionKey(key)
    for _, digest in ipairs(digestsIn(redis.call('HGET', records[at], 'digests') or '')) do
      digests[#digests + 1], owners[#owners + 1] = digest, key
    end
  end
  redis.call('DEL', unpack(records))
  redis.call('ZREM', recentKey(q), unpack(keys))
  if #digests == 0 then return end
  for at, key in ipairs(redis.call('HMGET', nearKey(q), unpack(digests))) do
    if key == owners[at] then gone[#gone + 1] = digests[at] end
  end
  if #gone > 0 then redis.call('HDEL', nearKey(q), unpack(gone)) end
end

-- opens: the question opens a run, so it is asked for the first time, or again.
local function keepQuestion(q, tags, opens, limits)
  local a = q.asked
  local why, near = missReason(q)
  if not opens or q.nostore then return why end
  redis.call('HSET', questionKey(q.key), 'identity', a.identity, 'tags', tags, 'parts', a.parts, 'asked', n(NOW),
    'fresh', n(a.freshMs), 'share', string.format('%.4f', a.share), 'why', why, 'near', near or '', 'digests', a.digests,
    'tenant', a.tenant)
  redis.call('ZADD', recentKey(q), n(NOW), q.key)
  local pointers = {}
  for _, digest in ipairs(digestsIn(a.digests)) do
    pointers[#pointers + 1], pointers[#pointers + 2] = digest, q.key
  end
  redis.call('HSET', nearKey(q), unpack(pointers))
  local over = redis.call('ZCARD', recentKey(q)) - limits.explainKeys
  if over > 0 then
    local many = math.min(16, math.floor(limits.explainKeys / 4))
    forgetAsked(q, redis.call('ZRANGE', recentKey(q), 0, math.max(math.min(over, 1000), many) - 1))
  end
  return why
end

local function noteAsked(q, tags, opens, limits)
  local isKept, why = pcall(keepQuestion, q, tags, opens, limits)
  return isKept and why or ''
end

-- A second before its end, an answer counts as expired: its entry is a little older than FINALISE.
local function keepAnswer(run, R)
  local held = redis.call('HMGET', questionKey(R.key), 'fresh', 'share', 'runseq')
  if not held[1] or (num(held[3]) or 0) > num(R.runseq) then return end
  local ownMs = num(redis.call('HGET', runKey(run), 'freshms'))
  local freshMs = math.min(num(held[1]), ownMs and ownMs * num(held[2]) or math.huge)
  redis.call('HSET', questionKey(R.key), 'fin', n(NOW), 'expires', n(NOW + freshMs - math.min(1000, freshMs / 10)),
    'epoch', R.epoch, 'seq', R.seq, 'runseq', R.runseq)
end
local function noteAnswer(run, R) pcall(keepAnswer, run, R) end
`;
