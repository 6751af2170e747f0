import { type Entry, type EntryHeader, isNewer } from '../../entry.ts';
import {
  type EntryIdentity,
  isEntry,
  type OnEvict,
  type PutOutcome,
  type Tier,
} from '../../tier.ts';
import { EvictionQueue, QueueNode } from './queue.ts';
import { tickClock } from './tick-clock.ts';

export interface MemoryTierOptions {
  /** Most bytes of bodies and overhead together. Default: 64 MiB. */
  readonly maxBytes?: number;
  /** Default: 10,000. */
  readonly maxEntries?: number;
  /** Larger entries are refused, so that one does not evict all others. Default: maxBytes / 8. */
  readonly maxEntryBytes?: number;
  /** Default: not called. */
  readonly onEvict?: OnEvict;
  /** Epoch ms. Default: the clock, read once per synchronous stretch of code. */
  readonly now?: () => number;
}

export interface MemoryTier extends Tier {
  readonly name: 'memory';
  /**
   * `get` without a promise, for the path of every request. `at`: the time, if the caller has just
   * read it; reading the clock takes longer than the rest of this call.
   */
  getSync(key: string, at?: number): Entry | undefined;
  /** Changes the bounds, and evicts what exceeds them. That of one entry stays. */
  resize(bounds: Required<Pick<MemoryTierOptions, 'maxBytes' | 'maxEntries'>>): void;
}

/**
 * What an entry takes beyond its body and its text: the objects Entry, EntryHeader, Token, Buffer and
 * Held, and its places in the map and the queue (650 bytes of heap, measured 2026-11 on Node 24.21),
 * and about 150 outside it for the body's backing store. A tag takes a string's header and a slot.
 */
const ENTRY_OVERHEAD_BYTES = 800;
const TAG_OVERHEAD_BYTES = 24;

/**
 * The entries in this process that save the most seconds of computing per byte (memory-queue.ts),
 * bounded by bytes and by number at all times. It holds the very entries that it is given, so a hit
 * copies and parses nothing; only a body that is a view of a larger buffer is copied, since it would
 * keep all of that buffer alive.
 */
export function createMemoryTier(options: MemoryTierOptions = {}): MemoryTier {
  const { onEvict, now = tickClock } = options;
  let { maxBytes = 64 * 1024 * 1024, maxEntries = 10_000 } = options;
  const maxEntryBytes = Math.min(maxBytes, options.maxEntryBytes ?? maxBytes / 8);
  const entries = new Map<string, QueueNode>();
  const queue = new EvictionQueue();
  let bytes = 0;
  let evictions = 0;

  const drop = (held: QueueNode): void => {
    entries.delete(held.entry.header.key);
    queue.remove(held);
    bytes -= held.bytes;
  };

  /** For `more` entries of `needed` bytes together. */
  const makeRoom = (needed: number, more: number, at: number): void => {
    while (bytes + needed > maxBytes || entries.size + more > maxEntries) {
      const reason = bytes + needed > maxBytes ? 'bytes' : 'entries';
      const worst = queue.popLowest(at);
      if (worst === undefined) return;
      entries.delete(worst.entry.header.key);
      bytes -= worst.bytes;
      if (worst.staleUntil <= at) continue;
      evictions += 1;
      onEvict?.('memory', reason, 1);
    }
  };

  const getSync = (key: string, at?: number): Entry | undefined => {
    const held = entries.get(key);
    if (held === undefined) return undefined;
    const time = at ?? now();
    if (held.staleUntil <= time) {
      drop(held);
      return undefined;
    }
    queue.noteUse(held, time);
    return held.entry;
  };

  const put = (entry: Entry): PutOutcome => {
    const { key, staleUntil } = entry.header;
    const held = entries.get(key);
    if (held !== undefined && isNewer(held.entry.header, entry.header)) return 'older';
    if (held !== undefined) drop(held);
    const size = bytesOf(entry);
    const at = now();
    if (size > maxEntryBytes || maxEntries < 1 || staleUntil <= at) return 'refused';
    makeRoom(size, 1, at);
    const kept = { header: entry.header, body: ownMemory(entry.body) };
    const added = new QueueNode(kept, size, at, held?.uses);
    entries.set(key, added);
    queue.add(added, at);
    bytes += size;
    return 'stored';
  };

  const remove = (key: string, only?: EntryIdentity): void => {
    const held = entries.get(key);
    if (held !== undefined && (only === undefined || isEntry(held.entry.header, only))) drop(held);
  };

  const sweep = (): void => {
    const at = now();
    for (const held of entries.values()) if (held.staleUntil <= at) drop(held);
  };

  const resize: MemoryTier['resize'] = (bounds) => {
    ({ maxBytes, maxEntries } = bounds);
    makeRoom(0, 0, now());
  };

  const clear = (): void => {
    entries.clear();
    queue.clear();
    bytes = 0;
  };

  return {
    name: 'memory',
    getSync,
    resize,
    get: async (key) => getSync(key),
    put: async (entry) => put(entry),
    remove: async (key, only) => remove(key, only),
    clear: async () => clear(),
    usage: async () => {
      sweep();
      return { size: entries.size, bytes, maxBytes, evictions, errors: 0 };
    },
    [Symbol.asyncDispose]: async () => clear(),
  };
}

/** What an entry takes in this process. */
function bytesOf({ header, body }: Entry): number {
  let bytes = ENTRY_OVERHEAD_BYTES + body.byteLength + textBytesOf(header);
  for (const tag of header.tags) bytes += TAG_OVERHEAD_BYTES + 2 * tag.length;
  return bytes;
}

/** Two bytes per unit is right for text beyond Latin-1, and safe for the rest. */
function textBytesOf({ key, model, tenant, log, token, digest }: EntryHeader): number {
  return 2 * [key, model, tenant, log, token.id, digest].reduce((sum, s) => sum + s.length, 0);
}

function ownMemory(body: Buffer): Buffer {
  if (body.byteLength === body.buffer.byteLength) return body;
  const copy = Buffer.allocUnsafeSlow(body.byteLength);
  body.copy(copy);
  return copy;
}
