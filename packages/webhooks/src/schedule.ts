import { MAX_RETRY_AFTER_MS } from '@deja/runtime/http-headers';

/** The schedule that Standard Webhooks recommends, 76 hours in all. Unit: s. */
export const DEFAULT_SCHEDULE_S: readonly number[] = [
  0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400,
];

/** What one attempt may take. Unit: s. */
export const DEFAULT_TIMEOUT_S = 15;

/** Waits are prolonged by up to this share, so that deliveries that failed together do not return so. */
const JITTER = 0.2;

export interface NextAttemptOptions {
  /** Wait before each attempt, the first one's first. Default: DEFAULT_SCHEDULE_S. Unit: s. */
  readonly scheduleS?: readonly number[];
  /** In [0, 1). Default: Math.random. */
  readonly random?: () => number;
  /** What the receiver asked for with `Retry-After`: the wait is not shorter, up to 24 h. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * How long to wait before the next attempt, prolonged by up to 20 %; undefined when the schedule is
 * used up and the delivery is given up.
 *
 * @param attempts How many were made so far: 0 before the first, which is due at once.
 */
export function nextAttemptMs(
  attempts: number,
  {
    scheduleS = DEFAULT_SCHEDULE_S,
    random = Math.random,
    retryAfterMs = 0,
  }: NextAttemptOptions = {},
): number | undefined {
  const waitS = scheduleS[attempts];
  if (waitS === undefined) return undefined;
  const waitMs = Math.max(waitS * 1000, Math.min(retryAfterMs, MAX_RETRY_AFTER_MS));
  return Math.round(waitMs * (1 + JITTER * random()));
}
