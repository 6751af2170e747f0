import { QueueFullError, TenantLimitError } from './errors.ts';
import type { Reply } from './lua/reply.ts';

/** @throws QueueFullError, TenantLimitError if a script replied that a bound is reached, and did nothing. */
export function throwRefusal(reply: Reply): void {
  const outcome = reply.text('outcome');
  if (outcome === 'full') throw new QueueFullError(reply.text('why'));
  if (outcome !== 'limited') return;
  const code = reply.text('code') as TenantLimitError['code'];
  throw new TenantLimitError(code, reply.text('why'), reply.number('retryMs'));
}
