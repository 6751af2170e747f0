/**
 * Waiting for jobs without polling Redis for each: one subscription per process says which runs have
 * ended, and only then, after subscribing, and every two seconds in case the message was lost, is
 * the job read.
 */
import type { Bell } from '@deja/cache-core/redis';
import { isRedisAway } from './connections.ts';
import { isFinal, type JobRecord } from './run.ts';
import type { JobLookup, RunStore } from './run-store.ts';

const POLL_MS = 2000;

interface Ring {
  readonly onRing: () => void;
  readonly every: boolean;
}

export interface WaitOptions {
  /** Unit: ms. */
  readonly timeoutMs: number;
  /** Ends the wait early, e.g. when the client has gone away. */
  readonly signal?: AbortSignal;
  /**
   * The caller has opened the run in this very turn of the event loop, so that nothing can have been
   * told of it yet: the first read is left out. Default: false.
   */
  readonly isNew?: boolean;
}

export class JobWaiter implements AsyncDisposable {
  readonly #runs: RunStore;
  readonly #wake = new Map<string, Set<Ring>>();
  readonly #unlisten: readonly (() => void)[];
  readonly #timer: NodeJS.Timeout;

  constructor(runs: RunStore, bell: Bell, pollMs = POLL_MS) {
    this.#runs = runs;
    const wakeAll = () => {
      for (const run of this.#wake.keys()) this.#ring(run);
    };
    this.#unlisten = [
      bell.listen((message) => {
        const [what, run, state] = message.split(' ');
        if ((what !== 'run' && what !== 'stop') || run === undefined) return;
        this.#ring(run, state === 'begun' || state === 'progress');
      }),
      bell.onSubscribed(wakeAll),
    ];
    this.#timer = setInterval(wakeAll, pollMs);
  }

  /** How many wait now. */
  get size(): number {
    let size = 0;
    for (const waiters of this.#wake.values()) size += waiters.size;
    return size;
  }

  /**
   * The job once it is final, or as it stood when it was last read before the time was up; undefined
   * when Redis could not be asked all that time. A read that Redis does not answer is tried again at
   * the next occasion.
   */
  async wait(id: string, run: string, options: WaitOptions): Promise<JobLookup | undefined> {
    const { timeoutMs, signal, isNew = false } = options;
    const deadline = performance.now() + timeoutMs;
    let wake = Promise.withResolvers<void>();
    const unwatch = this.watch(run, () => wake.resolve());
    let seen: JobLookup | undefined;
    const read = async () => {
      wake = Promise.withResolvers();
      seen = await this.#runs.readJob(id).catch((error: unknown) => {
        if (!isRedisAway(error)) throw error;
        return seen;
      });
    };
    try {
      if (!isNew) await read();
      while (!seen || !isOver(seen)) {
        const leftMs = deadline - performance.now();
        if (leftMs <= 0 || signal?.aborted) break;
        await untilWoken(wake.promise, leftMs, signal);
        await read();
      }
      return seen;
    } finally {
      unwatch();
    }
  }

  /**
   * Calls `onRing` when there may be news of the run, until the returned function is called.
   *
   * @param every Also of its beginning and its progress. Default: of its end alone.
   */
  watch(run: string, onRing: () => void, every = false): () => void {
    const rings = this.#wake.get(run) ?? new Set();
    this.#wake.set(run, rings);
    const ring = { onRing, every };
    rings.add(ring);
    return () => {
      rings.delete(ring);
      if (rings.size === 0) this.#wake.delete(run);
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    for (const unlisten of this.#unlisten) unlisten();
  }

  #ring(run: string, isUnderWay = false): void {
    for (const { onRing, every } of [...(this.#wake.get(run) ?? [])])
      if (every || !isUnderWay) onRing();
  }
}

const isOver = (lookup: JobLookup): boolean =>
  lookup.outcome !== 'found' || isFinal((lookup.job satisfies JobRecord).status);

async function untilWoken(
  woken: Promise<void>,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);
  signal?.addEventListener('abort', () => resolve(), { once: true });
  await Promise.race([woken, over]);
  clearTimeout(timer);
}
