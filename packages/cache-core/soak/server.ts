/** A Redis that is stopped, killed, paused and put back to an older state, always on one port. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RedisServer, startOwnRedis } from '@deja/local-redis';
import { pauseProcess, resumeProcess } from '@deja/testing';
import { Redis } from 'ioredis';

export class Server {
  readonly url: string;
  /** The coordinator's own connection: it fails at once while the server is away. */
  readonly admin: Redis;
  readonly #dir: string;
  readonly #args: readonly string[];
  #running: RedisServer | undefined;

  static async open(args: readonly string[]): Promise<Server> {
    const dir = mkdtempSync(join(tmpdir(), 'deja-soak-redis-'));
    return new Server(dir, args, await startOwnRedis({ dir, args, appendOnly: true }));
  }

  private constructor(dir: string, args: readonly string[], running: RedisServer) {
    this.#dir = dir;
    this.#args = args;
    this.#running = running;
    this.url = running.url;
    this.admin = new Redis(this.url, {
      enableOfflineQueue: false,
      commandTimeout: 1000,
      maxRetriesPerRequest: 0,
      retryStrategy: () => 20,
    });
    this.admin.on('error', () => {});
  }

  /** Resolves when the process is gone. */
  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (signal === 'SIGKILL') process.kill(this.#pid, 'SIGKILL');
    await this.#running?.stop();
    this.#running = undefined;
  }

  async start(): Promise<void> {
    const port = Number(new URL(this.url).port);
    const options = { dir: this.#dir, args: this.#args, appendOnly: true, port };
    this.#running = await startOwnRedis(options);
  }

  async pause(): Promise<void> {
    await pauseProcess(this.#pid);
  }

  resume(): void {
    resumeProcess(this.#pid);
  }

  /** While it is stopped: keeps what it has on disk, for `rollBack`. */
  keepCopy(): void {
    rmSync(this.#copy, { recursive: true, force: true });
    cpSync(this.#dir, this.#copy, { recursive: true });
  }

  /** While it is stopped: what was written since `keepCopy` is lost. */
  rollBack(): void {
    rmSync(this.#dir, { recursive: true });
    cpSync(this.#copy, this.#dir, { recursive: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.admin.disconnect();
    await this.#running?.stop();
    for (const dir of [this.#dir, this.#copy]) rmSync(dir, { recursive: true, force: true });
  }

  get #copy(): string {
    return `${this.#dir}-copy`;
  }

  get #pid(): number {
    const pid = this.#running?.pid;
    if (pid === undefined) throw new Error('this server has no process of ours');
    return pid;
  }
}
