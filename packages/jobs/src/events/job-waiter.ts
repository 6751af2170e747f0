/**
 * Waits for jobs without polling Redis for each. One subscription per process tells which runs have
 * ended. A job is read when the wait begins, when its run has ended, and every two seconds in case a
 * message was lost. A process whose requests wait for a run gets the outcome with the notification,
 * on its reply channel, so that the requests need not read the job again. Who has listened since before
 * the run was opened has missed nothing, and needs no first read.
 */
import type { Notifier } from '@deja/cache-core/redis';
import { isRedisAway } from '@deja/redis';
import { newRandomId } from '../ids.ts';
import type { JobLookup, JobStore } from '../runs/job-store.ts';
import { type EndedJob, isFinal } from '../runs/run.ts';
import type { Shards } from '../shard.ts';
import { type OnNotify, parseRunEnd, type RunEnd, RunListener } from './run-listener.ts';
import { untilAborted } from './until-aborted.ts';

const POLL_MS = 2000;

interface Watcher {
  readonly onNotify: OnNotify;
  /** Also of the run's beginning and of its progress. */
  readonly follows: boolean;
}

export interface WaitOptions {
  /** Unit: ms. */
  readonly timeoutMs: number;
  /** Listens since before its run was opened. For another run it is of no use. Default: nobody does. */
  readonly listener?: RunListener | undefined;
  /** Ends the wait early, e.g. when the client disconnects. */
  readonly signal?: AbortSignal;
}

type Unknown = Exclude<JobLookup, { outcome: 'found' }>;
export type EndLookup = { readonly outcome: 'found'; readonly job: EndedJob } | Unknown;

export interface JobWaiterOptions {
  readonly jobs: Pick<JobStore, 'read'>;
  readonly notifier: Notifier;
  readonly shards: Pick<Shards, 'all' | 'ofRun'>;
  /** Default: 2000. */
  readonly pollMs?: number;
}

export class JobWaiter implements AsyncDisposable {
  /** The channel that a JOIN names if its caller is going to wait here. Short, since a run keeps several. */
  readonly replyChannel = newRandomId(8);
  readonly #jobs: Pick<JobStore, 'read'>;
  readonly #notifier: Notifier;
  readonly #shards: JobWaiterOptions['shards'];
  readonly #watchers = new Map<string, Set<Watcher>>();
  readonly #sizes = { waits: 0, streams: 0 };
  readonly #unlisten: readonly (() => void)[];
  readonly #timer: NodeJS.Timeout;

  constructor({ jobs, notifier, shards, pollMs = POLL_MS }: JobWaiterOptions) {
    this.#jobs = jobs;
    this.#notifier = notifier;
    this.#shards = shards;
    const wakeAll = () => {
      for (const run of this.#watchers.keys()) this.#notify(run);
    };
    this.#unlisten = [
      notifier.listen((message) => {
        const [what, run, state] = message.split(' ', 3);
        if (run === undefined) return;
        if (what === 'run') this.#notify(run, undefined, state === 'begun' || state === 'progress');
        else if (what === 'end') this.#notify(run, parseRunEnd(message));
      }),
      notifier.onSubscribed(wakeAll),
      ...shards.all.map(({ channel }) =>
        notifier.listenTo(`${channel}:${this.replyChannel}`, wakeAll),
      ),
    ];
    this.#timer = setInterval(wakeAll, pollMs);
  }

  /** The number of those who wait for an end now. */
  get waits(): number {
    return this.#sizes.waits;
  }

  /** The number of those who follow a run now. */
  get streams(): number {
    return this.#sizes.streams;
  }

  get size(): number {
    return this.waits + this.streams;
  }

  /**
   * The job once it is final, or as it was at the last read before the time was up. Undefined if no
   * read succeeded in all that time. A read that Redis does not answer is repeated at the next
   * occasion.
   */
  async wait(id: string, run: string, options: WaitOptions): Promise<JobLookup | undefined> {
    return await this.#wait(id, run, options, () => undefined);
  }

  /** The same for callers that only need the job's outcome. */
  async waitForEnd(id: string, run: string, options: WaitOptions): Promise<EndLookup | undefined> {
    return await this.#wait(id, run, options, ({ jobs, job }) =>
      job && jobs.has(id) ? { outcome: 'found', job } : undefined,
    );
  }

  /** Listens for the end of a run that need not exist yet. */
  listen(run: string): RunListener {
    return new RunListener(run, (onNotify) => this.watch(run, onNotify));
  }

  /** Calls `onNotify` when the run may have ended, until the returned function is called. */
  watch(run: string, onNotify: OnNotify): () => void {
    return this.#add(run, { onNotify, follows: false });
  }

  /** The same, and also when the run may have begun or made progress. */
  follow(run: string, onNotify: () => void): () => void {
    const channel = `${this.#shards.ofRun(run).channel}:${run}`;
    const stops = [
      this.#add(run, { onNotify, follows: true }),
      this.#notifier.listenTo(channel, onNotify),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    for (const unlisten of this.#unlisten) unlisten();
  }

  async #wait<T>(
    id: string,
    run: string,
    { timeoutMs, signal, listener }: WaitOptions,
    endOf: (end: RunEnd) => T | undefined,
  ): Promise<T | JobLookup | undefined> {
    const deadline = performance.now() + timeoutMs;
    const isEarly = listener?.run === run;
    using late = isEarly ? undefined : this.listen(run);
    const heard = late ?? (listener as RunListener);
    const notified = () => heard.end && endOf(heard.end);
    let seen: JobLookup | undefined;
    for (let mayRead = !isEarly; ; mayRead = true) {
      if (mayRead) {
        heard.listenOn();
        const read = this.#jobs.read(id).catch((error: unknown) => {
          if (!isRedisAway(error)) throw error;
          return seen;
        });
        seen = seen === undefined ? await read : ((await untilAborted(read, signal)) ?? seen);
      }
      const leftMs = deadline - performance.now();
      if (notified() || (seen && isOver(seen)) || leftMs <= 0 || signal?.aborted) break;
      await untilWoken(heard.woken, leftMs, signal);
      if (notified()) break;
    }
    return notified() ?? seen;
  }

  #add(run: string, watcher: Watcher): () => void {
    const watchers = this.#watchers.get(run) ?? new Set();
    this.#watchers.set(run, watchers);
    watchers.add(watcher);
    const kind = watcher.follows ? 'streams' : 'waits';
    this.#sizes[kind] += 1;
    return () => {
      if (watchers.delete(watcher)) this.#sizes[kind] -= 1;
      if (watchers.size === 0) this.#watchers.delete(run);
    };
  }

  #notify(run: string, end?: RunEnd, isUnderWay = false): void {
    for (const { onNotify, follows } of [...(this.#watchers.get(run) ?? [])])
      if (follows || !isUnderWay) onNotify(end);
  }
}

const isOver = (lookup: JobLookup): boolean =>
  lookup.outcome !== 'found' || isFinal(lookup.job.status);

async function untilWoken(
  woken: Promise<void>,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);
  await untilAborted(Promise.race([woken, over]), signal);
  clearTimeout(timer);
}
