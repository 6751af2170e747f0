/**
 * The cache keys of bodies that were asked before, so that a repeated question is not parsed.
 *
 *  - a body is known by its SHA-256, or by being equal to a kept one, byte by byte: nothing else decides;
 *  - a body with a webhook is never known, because its webhook has to be read;
 *  - a body is known for the tenant that asked it: the same body may be another question of another;
 *  - what is kept is bounded: 10,000 digests, about 3 MB, and MAX_KEPT_BYTES of bodies.
 */
import { createHash } from 'node:crypto';
import type { Model } from '@deja/models';
import { LRUCache } from 'lru-cache';

const MAX_DIGESTS = 10_000;
/** Bodies that are asked again and again: comparing takes a tenth of hashing. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024;
const MAX_BODY_BYTES = MAX_KEPT_BYTES / 16;
/** Of a kept body: its objects and its places in the maps. */
const OVERHEAD_BYTES = 500;

interface Kept {
  readonly model: Model;
  readonly tenant: string | undefined;
  readonly bytes: Buffer;
  readonly key: string;
}

export class KnownBodies {
  readonly #digests = new LRUCache<string, string>({ max: MAX_DIGESTS });
  readonly #kept: LRUCache<number, Kept>;

  /** @param share Of the bound on kept bodies, the part for this process: 1 if it is the only one. */
  constructor(share = 1) {
    const maxSize = Math.floor(MAX_KEPT_BYTES * share);
    this.#kept = new LRUCache({
      ...{ maxSize, maxEntrySize: Math.min(MAX_BODY_BYTES, maxSize) },
      sizeCalculation: ({ bytes }) => bytes.length + OVERHEAD_BYTES,
    });
  }

  /** The key of a kept body; undefined: it is not kept. `parts`: the body as it arrived. */
  keptKey(model: Model, parts: readonly Buffer[], tenant?: string): string | undefined {
    const kept = this.#kept.get(sampleOf(parts));
    if (kept === undefined || kept.model !== model || kept.tenant !== tenant) return undefined;
    return isEqual(kept.bytes, parts) ? kept.key : undefined;
  }

  /** The key of a body by its `digestOf`. */
  key(digest: string): string | undefined {
    return this.#digests.get(digest);
  }

  remember(digest: string, key: string): void {
    this.#digests.set(digest, key);
  }

  /** Keeps a body that is known by its digest. */
  keep(model: Model, parts: readonly Buffer[], key: string, tenant?: string): void {
    let length = 0;
    for (const part of parts) length += part.length;
    if (length > MAX_BODY_BYTES) return;
    const bytes = Buffer.allocUnsafeSlow(length);
    let at = 0;
    for (const part of parts) at += part.copy(bytes, at);
    this.#kept.set(sampleOf(parts), { model, tenant, bytes, key });
  }
}

/** SHA-256 of a model's name, a tenant's, and a body. */
export function digestOf({ name }: Model, parts: readonly Buffer[], tenant?: string): string {
  const hash = createHash('sha256').update(
    tenant === undefined ? `${name}\n` : `${name}:${tenant}\n`,
  );
  for (const part of parts) hash.update(part);
  return hash.digest('base64');
}

const SAMPLES = 64;

/** FNV-1a of the length and of bytes at even distances, whatever the parts: it finds, and decides nothing. */
function sampleOf(parts: readonly Buffer[]): number {
  let length = 0;
  for (const part of parts) length += part.length;
  const stride = Math.max(1, Math.floor(length / SAMPLES));
  let hash = 0x811c9dc5 ^ length;
  let at = length % stride;
  for (const part of parts) {
    for (; at < part.length; at += stride)
      hash = Math.imul(hash ^ (part[at] as number), 0x01000193);
    at -= part.length;
  }
  return hash;
}

function isEqual(bytes: Buffer, parts: readonly Buffer[]): boolean {
  let at = 0;
  for (const part of parts) {
    const end = at + part.length;
    if (end > bytes.length || part.compare(bytes, at, end) !== 0) return false;
    at = end;
  }
  return at === bytes.length;
}
