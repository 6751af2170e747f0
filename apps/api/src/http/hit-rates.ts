/**
 * How many questions of a tenant the cache answers in a minute: GCRA (ITU-T I.371, annex A) in this process's
 * memory, so that a HIT asks nobody; each replica has a count of its own. What the cache does not answer counts in
 * JOIN, for all replicas together.
 */
import type { RateState } from '@deja/jobs';
import { LRUCache } from 'lru-cache';

const MINUTE_MS = 60_000;
const MAX_TENANTS = 10_000;

interface Taken extends RateState {
  readonly waitMs: number;
}

export class HitRates {
  /** The theoretical arrival time of each tenant's next question. Unit: ms. */
  readonly #due = new LRUCache<string, number>({ max: MAX_TENANTS });
  readonly #processes: number;

  /** @param processes At this port: each has an equal part of each rate. */
  constructor(processes: number) {
    this.#processes = processes;
  }

  /**
   * Counts a question, if it may be answered.
   *
   * @param tenant Undefined: keys are off, and nothing is counted.
   * @param rpm Questions a minute: so many at once, then one each interval. Undefined: any number.
   * @param now Unit: ms.
   * @returns What is left, and after how many ms it may be asked again; 0: it was counted. Undefined: there is no rate.
   */
  take(tenant: string | undefined, rpm: number | undefined, now: number): Taken | undefined {
    if (tenant === undefined || rpm === undefined) return undefined;
    const interval = (MINUTE_MS * this.#processes) / rpm;
    const due = Math.max(this.#due.get(tenant) ?? 0, now);
    const waitMs = due + interval - MINUTE_MS - now;
    // One question a minute is the least, however many share the rate.
    if (waitMs > 0 && due > now) {
      const retryMs = Math.ceil(waitMs);
      return { waitMs: retryMs, perMinute: rpm, left: 0, resetMs: retryMs };
    }
    const next = due + interval;
    this.#due.set(tenant, next);
    const left = Math.max(0, Math.floor((MINUTE_MS - (next - now)) / interval));
    const resetMs = left > 0 ? next - now : Math.max(0, next - now + interval - MINUTE_MS);
    return { waitMs: 0, perMinute: rpm, left, resetMs };
  }
}
