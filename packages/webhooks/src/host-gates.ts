/**
 * Keeps a dead receiver from delaying the others.
 *
 * A worker makes a limited number of attempts at a time, and a receiver that does not answer keeps one
 * of them for 15 s. What holds, each with a test of the same name:
 *
 *  - a host has at most `maxPerHost` attempts under way, and one until it has answered for the first time;
 *  - of these, and of those to hosts that have not answered yet, a tenant has at most as many as are free;
 *  - after five attempts without an answer a host is left alone, but for one attempt now and then;
 *  - hosts that have not answered yet have at most `maxUnproven` attempts under way together, however
 *    many they are: the other attempts are there for hosts that answer;
 *  - deliveries that wait for a place get it in the order in which they came;
 *  - many may wait for a host that answered last time, a few for any other, and `maxWaiting` in all.
 *
 * An answer is any status: a host that says 500 keeps nobody waiting. Counts are those of one process.
 *
 * A refusal uses up no attempt, so a delivery to a host that stays dead needs a limit of its own
 * besides the schedule's: an age at which it is given up.
 */

import type { Receiver } from '@deja/jobs';
import { SharedBound } from '@deja/runtime';
import { LRUCache } from 'lru-cache';
import { type HostRecord, newRecord, receiverOf, recordOutcome } from './host-record.ts';
import type { SendOutcome } from './outcome.ts';

const BREAK_AFTER = 5;
const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 300_000;
const MAX_WAITING_UNPROVEN = 8;
/**
 * Hosts remembered. One that is forgotten begins anew, and while it has attempts under way may have
 * twice as many; that takes as many other hosts within one attempt's time.
 */
const MAX_HOSTS = 10_000;
/** With each heartbeat, so few. */
const MAX_TOLD = 50;

export interface HostGatesOptions {
  /** Attempts under way at a time, per host. Default: 4. */
  readonly maxPerHost?: number;
  /**
   * Attempts under way at a time to hosts that have not answered yet, or not since they fell silent.
   * Default: 64.
   */
  readonly maxUnproven?: number;
  /** Deliveries that wait for a place at one host, if it answered last time. Default: 256. */
  readonly maxWaitingPerHost?: number;
  /** Deliveries that wait for a place at any host. Default: 384. */
  readonly maxWaiting?: number;
  /** Epoch ms. Default: Date.now. */
  readonly now?: () => number;
  /** In [0, 1), spreads the waits. Default: Math.random. */
  readonly random?: () => number;
}

/**
 * What a gate says. With `isOpen` the caller has a place, and must `leave` it with the outcome
 * (undefined: no attempt was made). `busy`: every place is taken, and the line is full or the wait was
 * in vain. `broken`: the host does not answer; come again in `waitMs`. Neither uses up an attempt.
 */
export type Permit =
  | { readonly isOpen: true; leave(outcome: SendOutcome | undefined): void }
  | { readonly isOpen: false; readonly because: 'busy' }
  | { readonly isOpen: false; readonly because: 'broken'; readonly waitMs: number };

const BUSY: Permit = Object.freeze({ isOpen: false, because: 'busy' });

export interface WaitOptions {
  /** Whose delivery it is. Default: nobody's. */
  readonly tenant?: string | undefined;
  readonly timeoutMs: number;
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

interface Host extends HostRecord {
  readonly inside: SharedBound;
  waiting: number;
  hasAnswered: boolean;
  /** Attempts without an answer since the last answer. */
  failures: number;
  pauseMs: number;
  pausedUntil: number;
}

interface Waiter {
  readonly host: Host;
  readonly tenant: string | undefined;
  settle(permit: Permit): void;
}

export class HostGates {
  readonly #hosts = new LRUCache<string, Host>({ max: MAX_HOSTS });
  /** In the order in which they came. */
  readonly #waiters = new Set<Waiter>();
  readonly #options: Required<HostGatesOptions>;
  readonly #unproven: SharedBound;

  constructor(options: HostGatesOptions = {}) {
    this.#options = {
      ...{ maxPerHost: 4, maxUnproven: 64, maxWaitingPerHost: 256, maxWaiting: 384 },
      ...{ now: Date.now, random: Math.random },
      ...options,
    };
    this.#unproven = new SharedBound(this.#options.maxUnproven);
  }

  /**
   * Takes a place, or says at once why there is none.
   *
   * @param url Where the attempt goes. Gates are kept per host and port.
   */
  enter(url: string): Permit {
    return this.#enter(this.#hostOf(url), undefined);
  }

  /** Takes a place; waits for one at a host that is busy, if there is room to wait. */
  async waitToEnter(url: string, { timeoutMs, signal, tenant }: WaitOptions): Promise<Permit> {
    const host = this.#hostOf(url);
    const permit = this.#enter(host, tenant);
    if (permit.isOpen || permit.because === 'broken') return permit;
    if (signal.aborted || !this.#hasRoom(host)) return permit;
    const { promise, resolve } = Promise.withResolvers<Permit>();
    const giveUp = () => waiter.settle(BUSY);
    const timer = setTimeout(giveUp, timeoutMs);
    signal.addEventListener('abort', giveUp);
    const waiter: Waiter = {
      ...{ host, tenant },
      // Out of the line at once: a place that is given to somebody who has left would be lost.
      settle: (settled) => {
        if (!this.#waiters.delete(waiter)) return;
        host.waiting -= 1;
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        resolve(settled);
      },
    };
    this.#waiters.add(waiter);
    host.waiting += 1;
    return await promise;
  }

  /** The hosts of the last attempts, most recent first. */
  receivers(): Receiver[] {
    const now = this.#options.now();
    const known: Receiver[] = [];
    for (const [name, host] of this.#hosts) {
      if (known.length === MAX_TOLD) break;
      if (host.attempts > 0)
        known.push(receiverOf(name, host, Math.max(0, host.pausedUntil - now)));
    }
    return known;
  }

  #hasRoom({ hasAnswered, failures, waiting }: Host): boolean {
    const { maxWaitingPerHost, maxWaiting } = this.#options;
    const places = hasAnswered && failures === 0 ? maxWaitingPerHost : MAX_WAITING_UNPROVEN;
    return waiting < places && this.#waiters.size < maxWaiting;
  }

  #enter(host: Host, tenant: string | undefined): Permit {
    const pausedMs = host.pausedUntil - this.#options.now();
    if (pausedMs > 0) return this.#broken(pausedMs);
    const isFull = host.hasAnswered ? host.inside.fullFor(tenant) : host.inside.size > 0;
    if (isFull) return host.failures >= BREAK_AFTER ? this.#broken(host.pauseMs) : BUSY;
    if (!host.hasAnswered && this.#unproven.fullFor(tenant)) return BUSY;
    return this.#open(host, tenant);
  }

  #open(host: Host, tenant: string | undefined): Permit {
    const place = host.inside.hold(tenant);
    const unproven = host.hasAnswered ? undefined : this.#unproven.hold(tenant);
    let isInside = true;
    const startedAt = performance.now();
    const leave = (outcome: SendOutcome | undefined) => {
      if (!isInside) return;
      isInside = false;
      if (outcome) recordOutcome(host, outcome, performance.now() - startedAt);
      place[Symbol.dispose]();
      unproven?.[Symbol.dispose]();
      this.#judge(host, outcome);
      this.#callWaiters();
    };
    return { isOpen: true, leave };
  }

  /** A place is free, perhaps at more hosts than one, or a host is broken: who waits is told. */
  #callWaiters(): void {
    for (const waiter of this.#waiters) {
      const permit = this.#enter(waiter.host, waiter.tenant);
      if (permit.isOpen || permit.because === 'broken') waiter.settle(permit);
    }
  }

  #judge(host: Host, outcome: SendOutcome | undefined): void {
    if (outcome === undefined) return;
    if (outcome.statusCode !== undefined) {
      host.hasAnswered = true;
      host.failures = 0;
      host.pauseMs = FIRST_PAUSE_MS;
      host.pausedUntil = 0;
      return;
    }
    if (outcome.reason === 'aborted' || outcome.reason === 'refused_url') return;
    host.failures += 1;
    const now = this.#options.now();
    // Those that were under way together fail together: that is one pause, not four.
    if (host.failures < BREAK_AFTER || host.pausedUntil > now) return;
    host.hasAnswered = false;
    host.pausedUntil = now + host.pauseMs;
    host.pauseMs = Math.min(host.pauseMs * 2, LONGEST_PAUSE_MS);
  }

  // Up to half as long again, so that not all are back when the pause ends.
  #broken(restMs: number): Permit {
    const waitMs = Math.ceil(restMs * (1 + this.#options.random() / 2));
    return { isOpen: false, waitMs, because: 'broken' };
  }

  #hostOf(url: string): Host {
    const key = new URL(url).host;
    const known = this.#hosts.get(key);
    if (known !== undefined) return known;
    const host: Host = {
      inside: new SharedBound(this.#options.maxPerHost),
      waiting: 0,
      hasAnswered: false,
      failures: 0,
      pauseMs: FIRST_PAUSE_MS,
      pausedUntil: 0,
      ...newRecord(),
    };
    this.#hosts.set(key, host);
    return host;
  }
}
