/**
 * Redis moves a slot of a Cluster key by key, and a script that meets a key that is not here, or not
 * yet, would stop half way or take it for absent. So in a Cluster no script begins while its slot is
 * being moved: the reply is TRYAGAIN, before anything was read or written, and clients try again.
 *
 * Two keys that never exist tell: the node that gives the slot away refuses what it does not have, and
 * the node that receives it refuses several keys of which it lacks one. Keys without a hash tag stand
 * alone, and their scripts need no guard.
 */
const guard = `
if string.find(KEYS[1], '{', 1, true) then
  local probe = redis.pcall('EXISTS', KEYS[1] .. '~', KEYS[1] .. '~~')
  if type(probe) == 'table' and string.find(probe.err, 'non local', 1, true) then
    return redis.error_reply('TRYAGAIN the slot is being moved')
  end
end
`;

/** The same script for a Cluster. KEYS[1] and all keys that it derives have one hash tag, or none. */
export const guardSlot = (lua: string): string => guard + lua;
