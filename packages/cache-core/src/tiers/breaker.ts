/**
 * A circuit breaker around a tier: it limits each read by a deadline and skips the tier while it
 * fails, so that no tier makes a request slow.
 *
 *   closed ── `failures` reads in a row failed or were late ──► open ── `pauseMs` ──► one probe
 *     ▲                                                          ▲                       │
 *     └──────────────────────── it answered in time ─────────────┼───────────────────────┤
 *                                                                └────── it did not ─────┘
 *
 *  - a late read counts as failed and rejects at its deadline; its own answer is dropped;
 *  - while it is open every call rejects at once, so a dead tier costs its deadline a few times;
 *  - writes have no deadline, since nobody waits for them, but their failures count;
 *  - only this tier loses skipped calls: whether an entry may be served is judged elsewhere.
 */
import { TierError } from '../errors.ts';
import type { Tier, TierName } from '../tier.ts';

export interface BreakerOptions {
  /** Unit: ms. Default: 50. */
  readonly deadlineMs?: number;
  /** Failures in a row that open the breaker. Default: 3. */
  readonly failures?: number;
  /** How long it stays open before a probe. Unit: ms. Default: 1000. */
  readonly pauseMs?: number;
  /** Monotonic ms. Default: `performance.now`. */
  readonly now?: () => number;
  /** Called whenever the breaker opens or closes. */
  readonly onChange?: (state: BreakerState, tier: TierName) => void;
}

type BreakerState = 'closed' | 'open';

export interface GuardedTier extends Tier {
  readonly breakerState: () => BreakerState;
}

const OPEN = new Error('skipped: it has failed again and again');
const LATE = new Error('no answer within its deadline');

export function withBreaker(tier: Tier, options: BreakerOptions = {}): GuardedTier {
  const { deadlineMs = 50, failures = 3, pauseMs = 1000, onChange } = options;
  const now = options.now ?? (() => performance.now());
  let failed = 0;
  let openedAt: number | undefined;

  const succeed = () => {
    failed = 0;
    if (openedAt === undefined) return;
    openedAt = undefined;
    onChange?.('closed', tier.name);
  };
  const fail = () => {
    failed += 1;
    if (openedAt === undefined && failed < failures) return;
    const wasClosed = openedAt === undefined;
    openedAt = now();
    if (wasClosed) onChange?.('open', tier.name);
  };
  const guard = async <T>(call: () => Promise<T>, limitMs?: number): Promise<T> => {
    if (openedAt !== undefined) {
      if (now() - openedAt < pauseMs) throw new TierError(tier.name, { cause: OPEN });
      openedAt = now(); // this call is the probe; others continue to skip the tier
    }
    try {
      const result = await (limitMs === undefined ? call() : within(limitMs, call(), tier.name));
      succeed();
      return result;
    } catch (error) {
      fail();
      throw error;
    }
  };

  return {
    name: tier.name,
    get: (key) => guard(() => tier.get(key), deadlineMs),
    put: (entry) => guard(() => tier.put(entry)),
    remove: (key, only) => guard(() => tier.remove(key, only)),
    clear: () => guard(() => tier.clear()),
    usage: () => guard(() => tier.usage(), 10 * deadlineMs),
    breakerState: () => (openedAt === undefined ? 'closed' : 'open'),
    [Symbol.asyncDispose]: () => tier[Symbol.asyncDispose](),
  };
}

async function within<T>(limitMs: number, work: Promise<T>, tier: TierName): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  // If this process was busy, the answer may be waiting behind the timer: let it arrive first.
  const giveUp = () => setImmediate(() => reject(new TierError(tier, { cause: LATE })));
  const timer = setTimeout(giveUp, limitMs);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
