import { createHash } from 'node:crypto';
import type { RedisClient } from '../redis-client.ts';

export type ScriptArgument = string | number | Buffer;

/** A Lua script, sent by its hash. The text follows only if the server does not know the hash. */
export type Script = (
  redis: RedisClient,
  key: string,
  ...args: readonly ScriptArgument[]
) => Promise<unknown>;

/**
 * Every script takes one key, which routes it in a cluster, and derives its other keys from that
 * key's hash tag. Replies are strings, numbers and arrays of these.
 */
export function defineScript(lua: string): Script {
  const sha = createHash('sha1').update(lua).digest('hex');
  return async (redis, key, ...args) => {
    try {
      return await redis.evalsha(sha, 1, key, ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return await redis.eval(lua, 1, key, ...args);
    }
  };
}
