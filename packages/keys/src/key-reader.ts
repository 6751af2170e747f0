/**
 * How a process that verifies keys asks Redis about them.
 *
 *  - Questions share calls: one call is under way at a time, and two begin at least `paceMs` apart. So
 *    many unknown keys are few calls, and no reply can overtake a later one.
 *  - A question goes into a call that begins after it: a key that was just made is found.
 *  - It polls every 250 ms, and on every notification and reconnect. The version that it learns changes
 *    whenever a key loses rights, so what was read under the same version still holds.
 *  - A confirmation counts from the moment its call was sent, on a monotonic clock.
 *  - Who waits while Redis does not answer is told after `patienceMs`.
 */
import { setTimeout as delay, setImmediate as immediate } from 'node:timers/promises';
import type { Notifier, RedisClient } from '@deja/cache-core/redis';
import { isRedisAway } from '@deja/redis';
import { readKeysScript } from './key-lua.ts';

export interface KeyReaderOptions {
  /** It fails fast: no offline queue, no resending. */
  readonly redis: RedisClient;
  readonly notifier: Notifier;
  /** Prefix of the first shard's keys, e.g. `deja:f2:{d0}:`. */
  readonly prefix: string;
  /** How long a confirmation holds. Unit: ms. Default: 900. */
  readonly leaseMs?: number;
  /** Unit: ms. Default: 250. */
  readonly pollMs?: number;
  /** Unit: ms. Default: 5. */
  readonly paceMs?: number;
  /** Unit: ms. Default: 500. */
  readonly patienceMs?: number;
}

export interface Reading {
  /** Empty: no key has this id. */
  readonly text: string;
  /** Grows with every new version that is learned. */
  readonly generation: number;
}

/** Notes of use are written at most so often for each key. */
export const USED_EVERY_MS = 60_000;
const MAX_IDS = 1000;

export class KeyReader implements AsyncDisposable {
  readonly #options: Required<KeyReaderOptions>;
  readonly #onNewVersion: () => void;
  readonly #timer: NodeJS.Timeout;
  readonly #unlisten: readonly (() => void)[];
  readonly #used = new Set<string>();
  #wanted = new Map<string, PromiseWithResolvers<Reading>>();
  #isPollDue = false;
  #asking: Promise<void> | undefined;
  #sentAt = Number.NEGATIVE_INFINITY;
  #confirmedAt = Number.NEGATIVE_INFINITY;
  #isAway = false;
  #version: string | undefined;
  #generation = 0;

  constructor(options: KeyReaderOptions, onNewVersion: () => void) {
    this.#options = { leaseMs: 900, pollMs: 250, paceMs: 5, patienceMs: 500, ...options };
    this.#onNewVersion = onNewVersion;
    const { redis, notifier, prefix } = options;
    const poll = () => {
      this.#isPollDue = true;
      this.#ask();
    };
    redis.on('ready', poll);
    this.#unlisten = [
      () => redis.off('ready', poll),
      notifier.onSubscribed(poll),
      notifier.listen((message, channel = prefix) => {
        if (message.startsWith('keys ') && channel.startsWith(prefix)) poll();
      }),
    ];
    this.#timer = setInterval(poll, this.#options.pollMs);
    poll();
  }

  /** Whether Redis was out of reach at the last call. The next poll tries again. */
  get isAway(): boolean {
    return this.#isAway;
  }

  /** Whether what was read under this generation is known to hold still. */
  isCurrent(generation: number): boolean {
    const { leaseMs } = this.#options;
    return generation === this.#generation && performance.now() - this.#confirmedAt <= leaseMs;
  }

  /** Since when what was read under this generation is not known to hold. Unit: ms. Infinity: it may not. */
  unconfirmedMs(generation: number): number {
    const isLatest = generation === this.#generation;
    return isLatest ? performance.now() - this.#confirmedAt : Number.POSITIVE_INFINITY;
  }

  /** Rejects if Redis cannot be asked. */
  read(id: string): Promise<Reading> {
    let wanted = this.#wanted.get(id);
    if (wanted === undefined) {
      wanted = Promise.withResolvers<Reading>();
      this.#wanted.set(id, wanted);
    }
    this.#ask();
    return wanted.promise;
  }

  /** Notes that the key is used now, with the next call. */
  noteUse(id: string): void {
    this.#used.add(id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    for (const unlisten of this.#unlisten) unlisten();
    await this.#asking;
  }

  #ask(): void {
    this.#asking ??= this.#askAll();
  }

  async #askAll(): Promise<void> {
    while (this.#isPollDue || this.#wanted.size > 0) {
      const waitMs = this.#sentAt + this.#options.paceMs - performance.now();
      if (waitMs > 0) await delay(waitMs);
      await this.#call();
    }
    this.#asking = undefined; // in this turn: a question that comes now begins the next round
  }

  async #call(): Promise<void> {
    const { redis, prefix, patienceMs } = this.#options;
    const asked = [...this.#wanted].slice(0, MAX_IDS);
    for (const [id] of asked) this.#wanted.delete(id);
    const used = [...this.#used].slice(0, MAX_IDS);
    this.#isPollDue = false;
    const sentAt = performance.now();
    this.#sentAt = sentAt;
    try {
      const ids = [...used, ...asked.map(([id]) => id)];
      const call = readKeysScript(
        ...([redis, `${prefix}meta`, prefix, USED_EVERY_MS, used.length, ...ids] as const),
      );
      const [version = '', ...texts] = (await within(patienceMs, call)) as string[];
      this.#confirmedAt = sentAt;
      this.#isAway = false;
      for (const id of used) this.#used.delete(id);
      this.#learn(version);
      asked.forEach(([, { resolve }], i) => {
        resolve({ text: texts[i] ?? '', generation: this.#generation });
      });
    } catch (error) {
      this.#isAway = isRedisAway(error);
      // Who has asked meanwhile would fare no better.
      for (const { reject } of [...asked.map(([, each]) => each), ...this.#wanted.values()])
        reject(error);
      this.#wanted = new Map();
    }
  }

  #learn(version: string): void {
    if (version === this.#version) return;
    this.#version = version;
    this.#generation += 1;
    this.#onNewVersion();
  }
}

/** What comes later than `ms` is as if it had never come; what this process was late to read is not. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = delay(ms, undefined, timer).then(async () => {
    await immediate(); // what has arrived is read before this
    throw new Error('Command timed out');
  });
  late.catch(() => {}); // the delay was ended
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}
