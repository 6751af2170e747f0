import { createHash } from 'node:crypto';
import { decodeEntry, type Entry, encodeEntry, MAX_BODY_BYTES } from '../../entry.ts';
import { EntryDamagedError, TierError } from '../../errors.ts';
import type { RedisClient } from '../../redis-client.ts';
import type { ScriptArgument } from '../../scripts/script.ts';
import type { EntryIdentity, OnEvict, PutOutcome, Tier } from '../../tier.ts';
import { createBoundKeyspace } from './bound-keyspace.ts';
import { createOwnKeyspace } from './own-keyspace.ts';
import { createShardedKeyspace } from './sharded-keyspace.ts';

export interface RedisTierOptions {
  /**
   * The prefix of every key, or those of all shards. With `maxBytes` each must contain a hash tag, e.g.
   * `deja:{d0}:`, and each shard has its part of the bytes.
   */
  readonly keyPrefix: string | readonly string[];
  /**
   * Most bytes of all entries, including bookkeeping: for a server that is shared with the queue and
   * evicts nothing. Absent: the server is the cache's own, and its `maxmemory` is the bound.
   */
  readonly maxBytes?: number;
  /** Larger entries are refused. Default: an eighth of a shard's bytes; 64 MiB on a server of its own. */
  readonly maxEntryBytes?: number;
  /** A larger body (before compression) is refused, and never decompressed. Default: 64 MiB. */
  readonly maxBodyBytes?: number;
  /** Default: not called. */
  readonly onEvict?: OnEvict | undefined;
  /** Epoch ms. Default: `Date.now`. */
  readonly now?: () => number;
}

export interface RedisTier extends Tier {
  /**
   * What `storeEntry` (tier-lua.ts) needs, so that another script on this server stores the entry in its
   * own step. Undefined: only `put` can do it, or refuses it.
   */
  storeArguments(entry: Entry): Promise<readonly ScriptArgument[] | undefined>;
}

const STAMP_BYTES = 64;
const OWN_MAX_ENTRY_BYTES = 64 * 1024 * 1024;
const NOTHING = Buffer.alloc(0);

/**
 * The Redis tier. The connection belongs to the caller: it should fail fast (no offline queue, a
 * command timeout), and closing the tier leaves it open.
 */
export function createRedisTier(redis: RedisClient, options: RedisTierOptions): RedisTier {
  const { keyPrefix, maxBodyBytes = MAX_BODY_BYTES, now = Date.now } = options;
  const prefixes = typeof keyPrefix === 'string' ? [keyPrefix] : keyPrefix;
  const maxBytes = options.maxBytes && Math.ceil(options.maxBytes / prefixes.length);
  const maxEntryBytes =
    maxBytes === undefined
      ? (options.maxEntryBytes ?? OWN_MAX_ENTRY_BYTES)
      : Math.min(maxBytes, options.maxEntryBytes ?? maxBytes / 8);
  const keyspaces = prefixes.map((prefix) =>
    maxBytes === undefined
      ? createOwnKeyspace(redis, prefix)
      : createBoundKeyspace(redis, prefix, { maxBytes, onEvict: options.onEvict }),
  );
  const [only] = keyspaces;
  const keyspace = only && keyspaces.length === 1 ? only : createShardedKeyspace(keyspaces);
  let errors = 0;

  // Every failure of a server or connection is just a miss, so one error covers all of them.
  const guarded = async <T>(run: () => Promise<T>): Promise<T> => {
    try {
      return await run();
    } catch (cause) {
      errors += 1;
      throw new TierError('redis', { cause });
    }
  };

  const get = async (key: string): Promise<Entry | undefined> => {
    const value = await redis.getBuffer(keyspace.entryKey(key));
    if (value === null) return undefined;
    const stamp = value.subarray(0, STAMP_BYTES);
    const entry = await decodeUnlessDamaged(value, key, maxBodyBytes);
    if (entry === 'unknown') return undefined; // left to the later version that wrote it
    if (entry === 'damaged') errors += 1;
    if (entry === 'damaged' || entry.header.staleUntil <= now()) {
      await keyspace.remove(key, stamp);
      return undefined;
    }
    keyspace.used(key);
    return entry;
  };

  /** The value of an entry and how long it is kept; undefined if it is refused. */
  const valueFor = async (entry: Entry, stamp: string) => {
    const { header, body } = entry;
    if (body.byteLength > maxBodyBytes) return undefined;
    const value = Buffer.concat([Buffer.from(stamp), await encodeEntry(entry)]);
    const px = Math.floor(header.staleUntil - now());
    return px > 0 && keyspace.sizeOf(value) <= maxEntryBytes ? { value, px } : undefined;
  };

  const put = async (entry: Entry): Promise<PutOutcome> => {
    const { key } = entry.header;
    const stamp = stampOf(entry.header);
    const { value, px } = (await valueFor(entry, stamp)) ?? { value: NOTHING, px: 0 };
    return await keyspace.put(key, stamp, value, px);
  };

  const storeArguments = async (entry: Entry) => {
    const stamp = stampOf(entry.header);
    const found = await valueFor(entry, stamp);
    return found && keyspace.storeArguments(entry.header.key, stamp, found.value, found.px);
  };

  return {
    name: 'redis',
    get: (key) => guarded(() => get(key)),
    put: (entry) => guarded(() => put(entry)),
    storeArguments,
    remove: (key, only) => guarded(() => keyspace.remove(key, only && stampOf(only))),
    clear: () => guarded(() => keyspace.clear()),
    usage: async () => ({ ...(await guarded(() => keyspace.usage())), errors }),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** The stamp that scripts compare; see tier-lua.ts. */
function stampOf({ token: { epoch, seq, id }, runSeq }: EntryIdentity): string {
  const digits = [epoch, seq, runSeq].map((part) => String(part).padStart(16, '0')).join('');
  return digits + createHash('sha256').update(id).digest('hex').slice(0, 16);
}

async function decodeUnlessDamaged(
  value: Buffer,
  key: string,
  maxBodyBytes: number,
): Promise<Entry | 'damaged' | 'unknown'> {
  try {
    const entry = await decodeEntry(value.subarray(STAMP_BYTES), key, maxBodyBytes);
    // No checksum covers the stamp, and the scripts rely on it.
    return value.toString('latin1', 0, STAMP_BYTES) === stampOf(entry.header) ? entry : 'damaged';
  } catch (error) {
    if (!(error instanceof EntryDamagedError)) throw error;
    return error.reason === 'format' ? 'unknown' : 'damaged';
  }
}
