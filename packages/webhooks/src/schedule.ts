/** The schedule that Standard Webhooks recommends, 76 hours in all. Unit: s. */
export const DEFAULT_SCHEDULE_S: readonly number[] = [
  0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400,
];

export interface NextAttemptOptions {
  /** Wait before each attempt, the first one's first. Default: DEFAULT_SCHEDULE_S. Unit: s. */
  readonly scheduleS?: readonly number[];
  /** In [0, 1). Default: Math.random. */
  readonly random?: () => number;
  /** What the receiver asked for with `Retry-After`; a wait is never shorter, up to 24 h. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * How long to wait before the next attempt; undefined when the schedule is used up and the delivery
 * is given up.
 *
 * @param attempts How many were made so far: 0 before the first, which is due at once.
 */
export function nextAttemptMs(
  attempts: number,
  { scheduleS = DEFAULT_SCHEDULE_S }: NextAttemptOptions = {},
): number | undefined {
  const waitS = scheduleS[attempts];
  return waitS === undefined ? undefined : waitS * 1000;
}
