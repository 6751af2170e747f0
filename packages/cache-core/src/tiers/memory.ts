import { LRUCache } from 'lru-cache';
import { type Entry, type EntryHeader, isNewer } from '../entry.ts';
import { type EntryIdentity, isEntry, type PutOutcome, type Tier } from '../tier.ts';

export interface MemoryTierOptions {
  /** Bodies and overhead together. Default: 64 MiB. */
  readonly maxBytes?: number;
  /** Default: 10,000. */
  readonly maxEntries?: number;
  /** A larger entry is refused, so that one does not push out all others. Default: maxBytes / 8. */
  readonly maxEntryBytes?: number;
  /** Epoch ms. Default: `Date.now`. */
  readonly now?: () => number;
}

export interface MemoryTier extends Tier {
  readonly name: 'memory';
  /** `get` without a promise, for the path that is walked at every request. */
  getSync(key: string): Entry | undefined;
}

/**
 * What an entry takes beyond its body and its text: the objects Entry, EntryHeader, Token and Buffer
 * and lru-cache's slots (490 bytes of heap, measured 2026-11 on Node 24.21), and about 150 outside it
 * for the body's backing store. A tag takes a string's header and a slot.
 */
const ENTRY_OVERHEAD_BYTES = 640;
const TAG_OVERHEAD_BYTES = 24;

/**
 * Least recently used entries in this process, bounded by bytes and by number. It holds the very
 * entries that it is given, so a hit copies and parses nothing; only a body that is a view of a
 * larger buffer is copied, since it would keep all of that buffer alive.
 */
export function createMemoryTier(options: MemoryTierOptions = {}): MemoryTier {
  const { maxBytes = 64 * 1024 * 1024, maxEntries = 10_000, now = Date.now } = options;
  const maxEntryBytes = Math.min(maxBytes, options.maxEntryBytes ?? maxBytes / 8);
  let evictions = 0;
  const entries = new LRUCache<string, Entry>({
    max: maxEntries,
    maxSize: maxBytes,
    dispose: (_entry, _key, reason) => {
      if (reason === 'evict') evictions += 1;
    },
  });

  const getSync = (key: string): Entry | undefined => {
    const entry = entries.get(key);
    if (entry === undefined || entry.header.staleUntil > now()) return entry;
    entries.delete(key);
    return undefined;
  };

  const put = (entry: Entry): PutOutcome => {
    const { key, staleUntil } = entry.header;
    const held = entries.peek(key);
    if (held !== undefined && isNewer(held.header, entry.header)) return 'older';
    const size = bytesOf(entry);
    // lru-cache would drop an oversize value, and the one before it, without a word.
    if (size > maxEntryBytes || staleUntil <= now()) {
      entries.delete(key);
      return 'refused';
    }
    entries.set(key, { header: entry.header, body: ownMemory(entry.body) }, { size });
    return 'stored';
  };

  const remove = (key: string, only?: EntryIdentity): void => {
    const held = entries.peek(key);
    if (held !== undefined && (only === undefined || isEntry(held.header, only)))
      entries.delete(key);
  };

  const sweep = (): void => {
    const at = now();
    for (const [key, { header }] of [...entries.entries()])
      if (header.staleUntil <= at) entries.delete(key);
  };

  return {
    name: 'memory',
    getSync,
    get: async (key) => getSync(key),
    put: async (entry) => put(entry),
    remove: async (key, only) => remove(key, only),
    clear: async () => entries.clear(),
    usage: async () => {
      sweep();
      const { size, calculatedSize: bytes } = entries;
      return { size, bytes, maxBytes, evictions, errors: 0 };
    },
    [Symbol.asyncDispose]: async () => entries.clear(),
  };
}

/** What an entry takes in this process. */
function bytesOf({ header, body }: Entry): number {
  let bytes = ENTRY_OVERHEAD_BYTES + body.byteLength + textBytesOf(header);
  for (const tag of header.tags) bytes += TAG_OVERHEAD_BYTES + 2 * tag.length;
  return bytes;
}

/** Two bytes per unit is right for text beyond Latin-1, and safe for the rest. */
function textBytesOf({ key, model, token }: EntryHeader): number {
  return 2 * (key.length + model.length + token.id.length);
}

function ownMemory(body: Buffer): Buffer {
  if (body.byteLength === body.buffer.byteLength) return body;
  const copy = Buffer.allocUnsafeSlow(body.byteLength);
  body.copy(copy);
  return copy;
}
