import { LRUCache } from 'lru-cache';

/**
 * Those who wait for a place at a host, in this process: first come, first served. Bounded per host
 * and in all, so that a receiver that hangs does not fill the process with what is meant for it: many may wait
 * for a host that has answered last time, a few for any other.
 */
export interface HostLineOptions {
  /** For a host that answers. */
  readonly maxPerHost: number;
  readonly max: number;
}

const MAX_UNPROVEN = 8;

export interface Patience {
  /** Goes to the end of the line; else it was its turn, in vain, and it goes to the head. */
  readonly isNew: boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export class HostLine {
  readonly #options: HostLineOptions;
  readonly #waiting = new Map<string, (() => void)[]>();
  readonly #answers = new LRUCache<string, boolean>({ max: 10_000 });
  #size = 0;

  constructor(options: HostLineOptions) {
    this.#options = options;
  }

  /** Resolves at the host's next place, or when the time is up; to false at once when the line is full. */
  async wait(host: string, { isNew, timeoutMs, signal }: Patience): Promise<boolean> {
    const line = this.#waiting.get(host) ?? [];
    const { maxPerHost, max } = this.#options;
    const places = this.#answers.get(host) ? maxPerHost : MAX_UNPROVEN;
    if (line.length >= places || this.#size >= max) return false;
    const { promise, resolve } = Promise.withResolvers<void>();
    if (isNew) line.push(resolve);
    else line.unshift(resolve);
    this.#waiting.set(host, line);
    this.#size += 1;
    const timer = setTimeout(resolve, timeoutMs);
    const leave = () => resolve();
    signal.addEventListener('abort', leave);
    await promise;
    clearTimeout(timer);
    signal.removeEventListener('abort', leave);
    this.#size -= 1;
    const at = line.indexOf(resolve);
    if (at >= 0) line.splice(at, 1);
    if (line.length === 0 && this.#waiting.get(host) === line) this.#waiting.delete(host);
    return true;
  }

  /** The host has answered an attempt, or has not. */
  learn(host: string, hasAnswered: boolean): void {
    this.#answers.set(host, hasAnswered);
  }

  /** There may be a place at this host: the first in line may go and see. */
  next(host: string): void {
    this.#waiting.get(host)?.shift()?.();
  }
}
