/**
 * One of several processes that use a disk tier at once. Prints a line when it has begun, and ends
 * with code 0 only if every byte it read was right and nothing but `TierError` was thrown.
 *
 *   disk-program.ts <dir> <write|all> <milliseconds> <seed> <max bytes>
 */

import { createRandom } from '@deja/testing';
import { TierError } from '../../src/errors.ts';
import { openDiskTier } from '../../src/tiers/disk/disk.ts';
import { entryOf, isRight, keyOf, LENGTHS } from './entries.ts';

const [dir = '', mode, forMs, seed, maxBytes] = process.argv.slice(2);
const random = createRandom(Number(seed));
const tier = openDiskTier({ dir, maxBytes: Number(maxBytes), maxEntryBytes: 1_000_000 });
const endAt = Date.now() + Number(forMs);
const counts = { put: 0, get: 0, hit: 0, remove: 0, clear: 0, refused: 0 };
process.stdout.write('begun\n');

async function step(): Promise<void> {
  const key = keyOf(random.between(1, 60));
  const drawn = mode === 'write' ? 1 : random.next();
  const isEnding = endAt - Date.now() < 500; // so that there is something to audit
  if (drawn < 0.005 && !isEnding) {
    await tier.clear();
    counts.clear += 1;
  } else if (drawn < 0.1) {
    await tier.remove(key);
    counts.remove += 1;
  } else if (drawn < 0.5) {
    const found = await tier.get(key);
    if (found && !isRight(found, key)) throw new Error(`wrong bytes of ${key}`);
    counts.get += 1;
    if (found) counts.hit += 1;
  } else {
    const no = (Date.now() - 1_700_000_000_000) * 4 + (Number(seed) % 4);
    await tier.put(entryOf(key, no, random.pick(LENGTHS)));
    counts.put += 1;
  }
}

while (Date.now() < endAt) {
  const steps = Array.from({ length: 4 }, async () => {
    try {
      await step();
    } catch (error) {
      if (!(error instanceof TierError)) throw error;
      counts.refused += 1;
    }
  });
  await Promise.all(steps);
}
await tier[Symbol.asyncDispose]();
console.log(JSON.stringify(counts));
