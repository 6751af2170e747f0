import { createHash } from 'node:crypto';
import type { RedisClient } from '../redis-client.ts';
import { guardSlot } from './slot-guard.ts';

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
  const plain = { lua, sha: shaOf(lua) };
  let guarded: typeof plain | undefined;
  return async (redis, key, ...args) => {
    let script = plain;
    if ('nodes' in redis) {
      guarded ??= { lua: guardSlot(lua), sha: shaOf(guardSlot(lua)) };
      script = guarded;
    }
    try {
      return await redis.evalsha(script.sha, 1, key, ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return await redis.eval(script.lua, 1, key, ...args);
    }
  };
}

const shaOf = (lua: string): string => createHash('sha1').update(lua).digest('hex');
