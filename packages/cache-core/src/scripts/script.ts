import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

export type ScriptArgument = string | number | Buffer;

/** A Lua script, sent by its hash. The text follows only if the server does not know the hash. */
export interface Script {
  (redis: Redis, key: string, ...args: readonly ScriptArgument[]): Promise<unknown>;
  /**
   * Loads the script whenever this connection becomes ready, before anything else is sent. So the
   * text never follows a call, and Redis executes calls in the order in which they are made.
   */
  readonly keepKnown: (redis: Redis) => void;
}

/**
 * Every script takes one key, which routes it in a cluster, and derives its other keys from that
 * key's hash tag. Replies are strings, numbers and arrays of these.
 */
export function defineScript(lua: string): Script {
  const sha = createHash('sha1').update(lua).digest('hex');
  const call = async (redis: Redis, key: string, ...args: readonly ScriptArgument[]) => {
    try {
      return await redis.evalsha(sha, 1, key, ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return await redis.eval(lua, 1, key, ...args);
    }
  };
  return Object.assign(call, { keepKnown: (redis: Redis) => keepKnown(redis, lua) });
}

const known = new WeakMap<Redis, Set<string>>();

function keepKnown(redis: Redis, lua: string): void {
  const load = (text: string) => redis.script('LOAD', text).catch(() => {}); // the next call sends it anyway
  let texts = known.get(redis);
  if (!texts) {
    const all = new Set<string>();
    texts = all;
    known.set(redis, all);
    redis.on('ready', () => {
      for (const text of all) void load(text);
    });
  }
  if (texts.has(lua)) return;
  texts.add(lua);
  if (redis.status === 'ready') void load(lua);
}
