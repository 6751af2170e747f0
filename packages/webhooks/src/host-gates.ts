/**
 * Keeps a dead receiver from delaying the others.
 *
 * Attempts are made by a limited number of deliverers, and a receiver that does not answer keeps one of
 * them for 15 s. What holds, each with a test of the same name:
 *
 *  - at most `maxPerHost` attempts at a time go to one host, to one that has never answered only one;
 *  - after five attempts without an answer a host is left alone, but for one attempt now and then;
 *  - hosts that have not answered yet have at most `maxUnproven` attempts under way together, however
 *    many they are: the other deliverers are there for those that answer;
 *  - who may not go is told at once when to come again, and never waits here.
 *
 * An answer is any status: a host that says 500 keeps nobody waiting. Counts are those of one process.
 *
 * Waiting here uses up no attempt, so a delivery to a host that stays dead needs a limit of its own
 * besides the schedule's: an age at which it is given up.
 */
import { LRUCache } from 'lru-cache';
import type { SendOutcome } from './outcome.ts';
import { Turns } from './turns.ts';

/** Of an attempt at a host that is new; on the short side, since turns once told are not advanced. */
const EXPECTED_MS = 20;
const BREAK_AFTER = 5;
const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 300_000;
/**
 * Hosts remembered. One that is forgotten begins anew, and while it has attempts under way may have
 * twice as many; that takes as many other hosts within one attempt's time.
 */
const MAX_HOSTS = 10_000;

export interface HostGatesOptions {
  /** Attempts under way at a time, per host. Default: 4. */
  readonly maxPerHost?: number;
  /**
   * Attempts under way at a time to hosts that have not answered yet, or not since they fell silent.
   * Half of the deliverers, of which there should be a hundred or more: one that waits for a silent
   * host costs a socket. Default: 64.
   */
  readonly maxUnproven?: number;
  /** Epoch ms. Default: Date.now. */
  readonly now?: () => number;
  /** In [0, 1), spreads the waits. Default: Math.random. */
  readonly random?: () => number;
}

/**
 * What `enter` says. With `isOpen` the caller has a place, and must `leave` it with the outcome
 * (undefined: no attempt was made). Else come again in `waitMs`; the attempt is not used up. `broken`:
 * the host does not answer.
 */
export type Permit =
  | { readonly isOpen: true; leave(outcome: SendOutcome | undefined): void }
  | { readonly isOpen: false; readonly waitMs: number; readonly because: 'busy' | 'broken' };

interface Host {
  inside: number;
  hasAnswered: boolean;
  failures: number;
  pauseMs: number;
  pausedUntil: number;
  readonly turns: Turns;
}

export class HostGates {
  readonly #hosts = new LRUCache<string, Host>({ max: MAX_HOSTS });
  readonly #maxPerHost: number;
  readonly #maxUnproven: number;
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #unprovenTurns = new Turns(1000);
  #unproven = 0;

  constructor(options: HostGatesOptions = {}) {
    this.#maxPerHost = options.maxPerHost ?? 4;
    this.#maxUnproven = options.maxUnproven ?? 64;
    this.#now = options.now ?? Date.now;
    this.#random = options.random ?? Math.random;
  }

  /** @param url Where the attempt goes. Gates are kept per host and port. */
  enter(url: string): Permit {
    const host = this.#hostOf(url);
    const now = this.#now();
    if (host.pausedUntil > now) return this.#broken(host.pausedUntil - now);
    if (host.inside >= (host.hasAnswered ? this.#maxPerHost : 1)) {
      if (host.failures >= BREAK_AFTER) return this.#broken(host.pauseMs);
      return busy(host.turns.nextMs(now, this.#maxPerHost));
    }
    if (!host.hasAnswered && this.#unproven >= this.#maxUnproven) {
      return busy(this.#unprovenTurns.nextMs(now, this.#maxUnproven));
    }
    return this.#open(host, now);
  }

  #open(host: Host, since: number): Permit {
    const isUnproven = !host.hasAnswered;
    let isInside = true;
    host.inside += 1;
    if (isUnproven) this.#unproven += 1;
    const leave = (outcome: SendOutcome | undefined) => {
      if (!isInside) return;
      isInside = false;
      host.inside -= 1;
      const tookMs = this.#now() - since;
      if (isUnproven) {
        this.#unproven -= 1;
        this.#unprovenTurns.took(tookMs);
      }
      host.turns.took(tookMs);
      this.#judge(host, outcome);
    };
    return { isOpen: true, leave };
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
    const now = this.#now();
    // Those that were under way together fail together: that is one pause, not four.
    if (host.failures < BREAK_AFTER || host.pausedUntil > now) return;
    host.hasAnswered = false;
    host.pausedUntil = now + host.pauseMs;
    host.pauseMs = Math.min(host.pauseMs * 2, LONGEST_PAUSE_MS);
  }

  // Up to half as long again, so that not all are back when the pause ends.
  #broken(restMs: number): Permit {
    const waitMs = Math.ceil(restMs * (1 + this.#random() / 2));
    return { isOpen: false, waitMs, because: 'broken' };
  }

  #hostOf(url: string): Host {
    const key = new URL(url).host;
    const known = this.#hosts.get(key);
    if (known !== undefined) return known;
    const host: Host = {
      inside: 0,
      hasAnswered: false,
      failures: 0,
      pauseMs: FIRST_PAUSE_MS,
      pausedUntil: 0,
      turns: new Turns(EXPECTED_MS),
    };
    this.#hosts.set(key, host);
    return host;
  }
}

function busy(waitMs: number): Permit {
  return { isOpen: false, waitMs, because: 'busy' };
}
