import type { Reply } from '../lua/reply.ts';
import type { Lane, PendingRun } from './run.ts';

/** The runs that the caller of the script adds to BullMQ (R32). */
export function handOf(reply: Reply): PendingRun[] {
  return reply.replies('hand').map(pendingRunOf);
}

export function pendingRunOf(reply: Reply): PendingRun {
  const handedAt = reply.optionalNumber('handedAt');
  const pending = {
    run: reply.text('run'),
    key: reply.text('key'),
    lane: reply.text('lane') as Lane,
  };
  return handedAt === undefined ? pending : { ...pending, handedAt };
}
