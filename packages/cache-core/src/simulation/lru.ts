import type { EntryHeader } from '../entry.ts';

interface Node {
  readonly header: EntryHeader;
  readonly bytes: number;
}

/** The order in which the tiers in Redis and on disk evict: the least recently used entry goes first. */
export class LruEntries {
  readonly #nodes = new Map<string, Node>();
  #maxBytes: number;
  readonly #maxEntryBytes: number;
  #bytes = 0;

  constructor(maxBytes: number, maxEntryBytes: number) {
    this.#maxBytes = maxBytes;
    this.#maxEntryBytes = maxEntryBytes;
  }

  /** Counts as a use. */
  get(key: string): EntryHeader | undefined {
    const node = this.#nodes.get(key);
    if (!node) return undefined;
    this.#nodes.delete(key);
    this.#nodes.set(key, node);
    return node.header;
  }

  put(header: EntryHeader, bytes: number): void {
    this.remove(header.key);
    if (bytes > Math.min(this.#maxBytes, this.#maxEntryBytes)) return;
    this.#nodes.set(header.key, { header, bytes });
    this.#bytes += bytes;
    this.resize(this.#maxBytes);
  }

  resize(maxBytes: number): void {
    this.#maxBytes = maxBytes;
    for (const key of this.#nodes.keys()) {
      if (this.#bytes <= maxBytes) return;
      this.remove(key);
    }
  }

  remove(key: string): void {
    this.#bytes -= this.#nodes.get(key)?.bytes ?? 0;
    this.#nodes.delete(key);
  }
}
