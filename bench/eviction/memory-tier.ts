import { createMemoryTier, type Entry } from '@deja/cache-core';
import type { Policy, PolicyFactory } from './policy.ts';
import type { Answer } from './traces.ts';

/** The tier itself, as it is shipped; all entries stay fresh for the whole replay. */
export const memoryTier: PolicyFactory = {
  name: 'memory tier',
  create(maxBytes): Policy {
    const tier = createMemoryTier({ maxBytes, maxEntries: 10_000_000, now: () => 0 });
    return {
      get: (key) => tier.getSync(key, 0) !== undefined,
      put: (answer) => tier.put(entryOf(answer)),
    };
  },
};

/** What the tier counts for an entry beyond its body. */
export async function overheadBytes(): Promise<number> {
  const tier = createMemoryTier({ now: () => 0 });
  await tier.put(entryOf({ key: '0'.repeat(64), bodyBytes: 0, computeMs: 1 }));
  return (await tier.usage()).bytes;
}

/** Entries of one size share a body: a trace's answers together would not fit into this process. */
const bodies = new Map<number, Buffer>();

function entryOf({ key, bodyBytes, computeMs }: Answer): Entry {
  const body = bodies.get(bodyBytes) ?? Buffer.allocUnsafeSlow(bodyBytes);
  bodies.set(bodyBytes, body);
  const token = { epoch: 1, seq: 1, id: 'record' };
  const made = { tenant: 'default', log: 'log', digest: '' };
  const times = { createdAt: 0, freshUntil: 1, staleUntil: 1 };
  return {
    header: { key, model: 'forecast', tags: [], ...times, ...made, token, runSeq: 1, computeMs },
    body,
  };
}
