/**
 * What one request may spend on the queue Redis.
 *
 * All its calls share a second, so that a Redis that hangs costs its client about that (G7). But only a
 * silent Redis is late, not an answer that lies unread because this process is busy: time is counted
 * in turns of the event loop, each for at most `LONGEST_TURN_MS`, and what has come in is read first.
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

/** Until when the calls of a request that begins now may take, to be handed to `within`. */
export function requestDeadline(extraMs = 0): number {
  return spentMs + BUDGET_MS + extraMs;
}

/** @throws QueueUnavailableError when `work` has not settled by `deadline`, a `budget`. */
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
