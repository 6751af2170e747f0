/**
 * The scripts of sessions, which lie beside the keys (docs/protocol.md#api-keys): KEYS[1] is the first
 * shard's `meta`, ARGV[1] its prefix. Each begins its writes with a delete, which lets it through the check
 * for memory: who must look after a full Redis can log in, and out.
 */
import { defineScript } from '@deja/cache-core/redis';
import { announce } from './key-lua.ts';

/**
 * OPEN SESSION: keeps whose session it is, and ends the oldest sessions of the same key beyond the bound.
 *
 * ARGV: 2 the SHA-256 of the token, 3 whose it is, 4 its ms, 5 the most sessions, 6 the new version.
 */
export const openSessionScript = defineScript(`${announce}
local P = ARGV[1]
local list, ended = P .. 'sessions:' .. ARGV[3], 0
redis.call('DEL', P .. 'none')
redis.call('SET', P .. 'session:' .. ARGV[2], ARGV[3], 'PX', ARGV[4])
redis.call('LPUSH', list, ARGV[2])
redis.call('PEXPIRE', list, ARGV[4])
while redis.call('LLEN', list) > tonumber(ARGV[5]) do
  ended = ended + redis.call('DEL', P .. 'session:' .. redis.call('RPOP', list))
end
if ended > 0 then announce(ARGV[6]) end
`);

/**
 * END SESSION: forgets it. One that has ended stays so, and nobody is told again.
 *
 * ARGV: 2 the SHA-256 of the token, 3 the new version.
 */
export const endSessionScript = defineScript(`${announce}
local P = ARGV[1]
local whose = redis.call('GET', P .. 'session:' .. ARGV[2])
if not whose then return end
redis.call('DEL', P .. 'session:' .. ARGV[2])
redis.call('LREM', P .. 'sessions:' .. whose, 1, ARGV[2])
announce(ARGV[3])
`);
