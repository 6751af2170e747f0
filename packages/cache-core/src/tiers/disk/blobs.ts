/**
 * The blobs of the disk tier: the encoded bytes of large entries, one file each, referenced by a row.
 *
 *  - a file is written whole and synced, named, and the name synced, before a row refers to it;
 *  - no name is used twice and no file is changed, so a removal never hits another entry's file,
 *    and a reader gets either the old entry or the new one;
 *  - `orphans` finds files whose row was never written (after a crash or a power failure).
 *
 * A name begins with the SHA-256 that ends the bytes, so that an equal entry need not be written
 * again.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeDirectory } from './make-directory.ts';

const NAME = /^[0-9a-f]{32}-[0-9a-f]{16}$/;
const WRITTEN = /^[0-9a-f]{32}-[0-9a-f]{16}(\.tmp)?$/;
const DAMAGED = Buffer.alloc(0);

export class DiskBlobs {
  readonly #dir: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(dir: string) {
    this.#dir = join(dir, 'blobs');
  }

  /** Queues the work behind all earlier work, which bounds how much is written at once. */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return await turn;
  }

  /** Resolves when all queued work that was begun is done. */
  async idle(): Promise<void> {
    await this.#last;
  }

  /** Returns the new file's name. */
  async write(bytes: Buffer): Promise<string> {
    const name = `${digestIn(bytes)}-${randomBytes(8).toString('hex')}`;
    const path = this.#pathOf(name);
    const dir = dirname(path);
    if (!existsSync(dir)) {
      makeDirectory(dir);
      await syncDirectory(this.#dir);
      await syncDirectory(dirname(this.#dir));
    }
    try {
      const file = await open(`${path}.tmp`, 'wx');
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(`${path}.tmp`, path);
      await syncDirectory(dir);
    } catch (error) {
      await Promise.all([rm(`${path}.tmp`, { force: true }), rm(path, { force: true })]).catch(
        () => {}, // an orphan, then
      );
      throw error;
    }
    return name;
  }

  /** The file's bytes, or an empty buffer if their number is wrong. Undefined: there is no file. */
  async read(name: string, byteLength: number): Promise<Buffer | undefined> {
    if (!NAME.test(name)) return DAMAGED;
    try {
      await using file = await open(this.#pathOf(name));
      if ((await file.stat()).size !== byteLength) return DAMAGED;
      return await file.readFile();
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async remove(name: string): Promise<void> {
    if (!WRITTEN.test(name)) return;
    try {
      await unlink(this.#pathOf(name));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  async removeAll(names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => this.remove(name)));
  }

  /** Names of files, complete or not, that were last written before `before` (epoch ms). */
  async *namesBefore(before: number): AsyncGenerator<string> {
    for (const dir of await namesIn(this.#dir)) {
      for (const name of await namesIn(join(this.#dir, dir))) {
        if (!WRITTEN.test(name)) continue;
        const found = await stat(this.#pathOf(name)).catch(() => undefined);
        if (found && found.mtimeMs < before) yield name;
      }
    }
  }

  /** Undefined if it is not a valid name: it comes from a row, which may be damaged. */
  pathOf(name: string): string | undefined {
    return NAME.test(name) ? this.#pathOf(name) : undefined;
  }

  #pathOf(name: string): string {
    return join(this.#dir, name.slice(0, 2), name);
  }
}

/** Whether this is the name of a file with these bytes. */
export function isNameOf(name: string, bytes: Buffer): boolean {
  return name.startsWith(digestIn(bytes));
}

const digestIn = (bytes: Buffer): string => bytes.subarray(-32, -16).toString('hex');

async function namesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch {
    return [];
  }
}

async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path);
  await directory.sync();
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
