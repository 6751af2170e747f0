import { randomBytes } from 'node:crypto';
import { readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory } from './make-directory.ts';

const MAX_ITEMS = 100;
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Keeps damaged entries so that somebody can examine them: files `<dir>/quarantine/<epoch ms>-…`,
 * at most 100 files and 16 MiB (or an eighth of `maxBytes`, if that is less); the oldest go first.
 * An entry that cannot be kept is dropped, and no call fails because of it.
 */
export class DiskQuarantine {
  readonly #dir: string;
  readonly #maxBytes: number;

  constructor(dir: string, maxBytes: number) {
    this.#dir = join(dir, 'quarantine');
    this.#maxBytes = Math.min(MAX_BYTES, maxBytes / 8);
  }

  /** Keeps the bytes, or the file at that path, which is gone from there afterwards in any case. */
  async add(damaged: Uint8Array | string, key: string, at: number): Promise<void> {
    const name = [String(at).padStart(15, '0'), key.slice(0, 16), randomBytes(4).toString('hex')];
    const path = join(this.#dir, name.join('-').replace(/[^\w-]/g, '_'));
    try {
      const isFile = typeof damaged === 'string';
      const { byteLength } = isFile ? { byteLength: (await stat(damaged)).size } : damaged;
      if (byteLength > this.#maxBytes) return;
      makeDirectory(this.#dir);
      await (isFile ? rename(damaged, path) : writeFile(path, damaged));
      await this.#prune();
    } catch {
      // See above.
    } finally {
      if (typeof damaged === 'string') await rm(damaged, { force: true }).catch(() => {});
    }
  }

  async #prune(): Promise<void> {
    const newestFirst = (await readdir(this.#dir)).sort().reverse();
    let bytes = 0;
    for (const [i, name] of newestFirst.entries()) {
      const path = join(this.#dir, name);
      bytes += (await stat(path).catch(() => undefined))?.size ?? 0;
      if (i >= MAX_ITEMS || bytes > this.#maxBytes) await rm(path, { force: true });
    }
  }
}
