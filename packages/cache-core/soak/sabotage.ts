/**
 * Guards taken out, one at a time, in the replica program and not in the sources: a checker that has
 * never found anything is no evidence.
 */

import type { EntryHeader } from '../src/entry.ts';
import type { InvalidationLog, MemoryTier } from '../src/index.ts';
import type { LookupReply, Sabotage } from './messages.ts';

/** Left out of `createLogClient`'s options where nothing is to be broken. */
export const sabotagedLease = (sabotage: Sabotage | undefined) =>
  sabotage === 'endless lease' ? { leaseMs: Number.POSITIVE_INFINITY } : {};

/** Breaks what stands between the log and the answer. `other` follows the same log for itself. */
export function sabotageParts(
  sabotage: Sabotage | undefined,
  { log, memory }: { readonly log: InvalidationLog; readonly memory: MemoryTier },
  other: () => InvalidationLog,
): void {
  const { replica } = log;
  if (sabotage === 'no judge') Object.assign(replica, { judge: () => 'servable' });
  if (sabotage === 'early acknowledgement') {
    const ahead = other();
    Object.assign(log, {
      invalidate: (...what: Parameters<InvalidationLog['invalidate']>) => ahead.invalidate(...what),
    });
  }
  if (sabotage === 'memory unjudged') {
    const judge = replica.judge.bind(replica);
    const trusted = new WeakSet<EntryHeader>();
    const put = memory.put.bind(memory);
    Object.assign(memory, {
      put: (...[entry]: Parameters<MemoryTier['put']>) => {
        trusted.add(entry.header);
        return put(entry);
      },
    });
    Object.assign(replica, {
      judge: (header: EntryHeader, tenant?: string) =>
        trusted.has(header) ? 'servable' : judge(header, tenant),
    });
  }
}

/** Breaks the answer itself. Undefined: it never comes. */
export function sabotageReply(
  sabotage: Sabotage | undefined,
  reply: LookupReply,
  lookups: number,
): LookupReply | undefined {
  if (sabotage === 'hangs' && lookups % 100 === 0) return undefined;
  if (sabotage === 'no mark') {
    const { unverifiedMs: _, ...unmarked } = reply;
    return unmarked;
  }
  if (sabotage === 'wrong bytes' && reply.served && lookups % 50 === 0)
    return { ...reply, served: { ...reply.served, digest: 'of something else' } };
  return reply;
}
