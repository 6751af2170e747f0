import { define } from './prelude.ts';

/** Questions of the model, the latest first, of which the caller chooses the nearest. */
const RECENT = 64;

/**
 * EXPLAIN: why a question would be a miss now; changes nothing. ARGV: 3 the question as JOIN takes it.
 * Replies reason; open, 1 if a run of it can be joined; the question that it is told against, if any;
 * and, of a model without series, the latest questions.
 */
export const explainScript = define(`
local q = cjson.decode(ARGV[3])
local function told(key) return { 'key', key, 'record', redis.call('HGETALL', questionKey(key)) } end
local why, near = missReason(q)
local recent = {}
if #digestsIn(q.asked.digests) == 2 then -- no series
  for _, key in ipairs(redis.call('ZREVRANGE', recentKey(q), 0, ${RECENT - 1})) do
    if key ~= q.key then recent[#recent + 1] = told(key) end
  end
end
local questions = near and near ~= '' and { told(near) } or {}
return { 'reason', why, 'open', redis.call('HEXISTS', keyStateKey(q.key), 'cur'), 'against', questions,
  'recent', recent }
`);
