import { QueueFullError, TenantLimitError } from './errors.ts';
import type { Reply } from './lua/reply.ts';
import type { RateState } from './runs/run.ts';

/**
 * @param perMinute The tenant's rate, if it has one.
 * @throws QueueFullError, TenantLimitError if a script replied that a bound is reached, and did nothing.
 */
export function throwRefusal(reply: Reply, perMinute?: number): void {
  const outcome = reply.text('outcome');
  if (outcome === 'full') throw new QueueFullError(reply.text('why'));
  if (outcome !== 'limited') return;
  const code = reply.text('code') as TenantLimitError['code'];
  const retryMs = reply.number('retryMs');
  throw new TenantLimitError(code, reply.text('why'), { retryMs, rate: rateOf(reply, perMinute) });
}

/** What a script replied of the tenant's rate. */
export function rateOf(reply: Reply, perMinute: number | undefined): RateState | undefined {
  if (perMinute === undefined) return undefined;
  const [rate] = reply.replies('rate');
  return rate && { perMinute, left: rate.number('left'), resetMs: rate.number('resetMs') };
}
