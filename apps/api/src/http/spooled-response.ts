/**
 * Sends text to a client that may read late: one that sends its whole body first, as most HTTP clients
 * do, or one on a slow line. What the client has not taken waits in memory up to `MAX_MEMORY_BYTES`,
 * then in a temporary file, so that nobody waits for anybody.
 */
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Response } from 'express';

const MAX_MEMORY_BYTES = 1_000_000;
const CHUNK_BYTES = 262_144;

export class SpooledResponse implements AsyncDisposable {
  readonly #res: Response;
  #file: { readonly dir: string; readonly handle: FileHandle } | undefined;
  /** The part of the file that has not been sent. */
  #from = 0;
  #to = 0;
  /** All that touches the file, one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(res: Response) {
    this.#res = res;
    res.on('drain', () => void this.#do(() => this.#send()));
  }

  /** Resolves when the bytes are on their way or in the file. Texts are sent in the order of the calls. */
  async write(bytes: Buffer): Promise<void> {
    await this.#do(async () => {
      if (this.#res.destroyed) return;
      if (this.#from === this.#to && this.#res.writableLength < MAX_MEMORY_BYTES)
        return void this.#res.write(bytes);
      this.#file ??= await openTemporary();
      await this.#file.handle.write(bytes, 0, bytes.length, this.#to);
      this.#to += bytes.length;
      await this.#send();
    });
  }

  /** Resolves when the client has taken everything, or is gone. */
  async end(): Promise<void> {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    this.#res.once('close', resolve);
    if (this.#res.destroyed) return;
    while (!this.#res.destroyed && !(await this.#do(() => this.#send()))) {
      const { promise: drained, resolve: wake } = Promise.withResolvers<void>();
      this.#res.once('drain', wake);
      if (!this.#res.writableNeedDrain) wake();
      await Promise.race([drained, closed]);
    }
    this.#res.end();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    if (!this.#file) return;
    await this.#file.handle.close();
    await rm(this.#file.dir, { recursive: true });
  }

  /** Sends from the file while the client takes it. Resolves to whether all is sent. */
  async #send(): Promise<boolean> {
    while (this.#file && this.#from < this.#to && this.#res.writableLength < MAX_MEMORY_BYTES) {
      const size = Math.min(CHUNK_BYTES, this.#to - this.#from);
      const { buffer } = await this.#file.handle.read(Buffer.alloc(size), 0, size, this.#from);
      this.#from += size;
      if (this.#res.destroyed) return true;
      this.#res.write(buffer);
    }
    if (this.#from < this.#to) return false;
    this.#from = 0;
    this.#to = 0;
    return true;
  }

  #do<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

async function openTemporary() {
  const dir = await mkdtemp(join(tmpdir(), 'deja-answers-'));
  return { dir, handle: await open(join(dir, 'answers'), 'wx+', 0o600) };
}
