/**
 * The deadline of one request's calls to the queue Redis.
 *
 * All calls share one second, so that a Redis that hangs costs the client about a second (G7). Only
 * a silent Redis counts as late, not an answer that lies unread because this process is busy. So
 * time is counted in ticks of the event loop, each for at most `LONGEST_TURN_MS`, and answers that
 * have arrived are read first.
 */
import { QueueUnavailableError } from '@deja/jobs';

/** Unit: ms. */
const BUDGET_MS = 1000;
const TICK_MS = 25;
const LONGEST_TURN_MS = 50;

let spentMs = 0;
let tickedAt = performance.now();
setInterval(() => {
  const now = performance.now();
  spentMs += Math.min(now - tickedAt, LONGEST_TURN_MS);
  tickedAt = now;
}, TICK_MS).unref();

/** The deadline of a request that begins now, for `withDeadline`. */
export function requestDeadline(extraMs = 0): number {
  return spentMs + BUDGET_MS + extraMs;
}

/** @throws QueueUnavailableError if `work` has not settled by `deadline`, a `requestDeadline`. */
export async function withDeadline<T>(deadline: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const wait = () => {
    const leftMs = deadline - spentMs;
    if (leftMs > 0) timer = setTimeout(wait, leftMs);
    else setImmediate(() => reject(new QueueUnavailableError()));
  };
  wait();
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
