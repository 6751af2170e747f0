/** A replica as the coordinator has it: its process, and a proxy on each of its connections. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  createFaultProxy,
  type FaultProxy,
  forkProgram,
  type Program,
  ProgramEndedError,
  pauseProcess,
  resumeProcess,
} from '@deja/testing';
import { type History, monotonicMs } from './history.ts';
import type { ReplicaOptions } from './messages.ts';

/** A call may meet one pause of the replica, and the time that another takes to end. */
const LONGEST_PAUSE_MS = 4000;

type Urls = 'logUrl' | 'notifierUrl' | 'cacheUrl';

export interface ReplicaHandleOptions {
  readonly index: number;
  readonly queueUrl: string;
  readonly cacheUrl: string;
  readonly replica: Omit<ReplicaOptions, Urls>;
  readonly history: History;
}

interface Asked {
  readonly what: string;
  readonly askedAt: number;
  readonly boundMs: number;
}

export class ReplicaHandle {
  readonly index: number;
  readonly log: FaultProxy;
  readonly notifier: FaultProxy;
  readonly cache: FaultProxy;
  readonly #options: ReplicaOptions;
  readonly #history: History;
  readonly #pauses: { readonly from: number; until: number }[] = [];
  #program: Program | undefined;

  static async open(options: ReplicaHandleOptions): Promise<ReplicaHandle> {
    const urls = [options.queueUrl, options.queueUrl, options.cacheUrl];
    const proxies = await Promise.all(urls.map(createFaultProxy));
    const handle = new ReplicaHandle(options, proxies as [FaultProxy, FaultProxy, FaultProxy]);
    await handle.start();
    return handle;
  }

  private constructor(
    { index, replica, history }: ReplicaHandleOptions,
    [log, notifier, cache]: readonly [FaultProxy, FaultProxy, FaultProxy],
  ) {
    this.index = index;
    this.log = log;
    this.notifier = notifier;
    this.cache = cache;
    this.#history = history;
    this.#options = { ...replica, logUrl: log.url, notifierUrl: notifier.url, cacheUrl: cache.url };
  }

  /** Whether it takes calls; a paused one does. */
  get isRunning(): boolean {
    return this.#program !== undefined;
  }

  /** Resolves when the program takes calls, whether or not it has reached any server. */
  async start(): Promise<void> {
    const path = new URL('./replica.ts', import.meta.url);
    const program = forkProgram(path, { args: [JSON.stringify(this.#options)] });
    await program.call('ready');
    this.#program = program;
  }

  async kill(): Promise<void> {
    const program = this.#program;
    this.#program = undefined;
    await program?.end('SIGKILL');
  }

  async pause(): Promise<void> {
    if (!this.#program) return;
    this.#pauses.push({ from: monotonicMs(), until: Number.POSITIVE_INFINITY });
    await pauseProcess(this.#program.pid);
  }

  resume(): void {
    const pause = this.#pauses.at(-1);
    if (!this.#program || pause === undefined) return;
    resumeProcess(this.#program.pid);
    pause.until = monotonicMs();
  }

  /** Undefined when the replica is not there, was killed before it answered, or never will answer. */
  async call<T>(name: string, argument: unknown, boundMs: number): Promise<T | undefined> {
    const askedAt = monotonicMs();
    const answered = new AbortController();
    const patience = delay(boundMs + LONGEST_PAUSE_MS, undefined, { signal: answered.signal });
    try {
      return await Promise.race([this.#program?.call<T>(name, argument), patience]);
    } catch (error) {
      if (error instanceof ProgramEndedError) return undefined;
      throw error;
    } finally {
      answered.abort();
      patience.catch(() => {});
      this.#reportIfSlow({ what: name, askedAt, boundMs });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    for (const proxy of [this.log, this.notifier, this.cache]) await proxy.close();
  }

  #reportIfSlow({ what, askedAt, boundMs }: Asked): void {
    const now = monotonicMs();
    let tookMs = now - askedAt;
    for (const { from, until } of this.#pauses)
      tookMs -= Math.max(0, Math.min(until, now) - Math.max(from, askedAt));
    if (tookMs > boundMs) this.#history.slow.push({ replica: this.index, what, tookMs, boundMs });
  }
}
