/**
 * Fills a memory tier with ten times its bound of bodies of the sizes that are its arguments, and
 * prints what the process then takes more than before, as a fraction of the bound. A process of its
 * own: nothing else moves its heap.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createMemoryTier, type Entry } from '../src/index.ts';

const MAX_BYTES = 6 * 1024 * 1024;
const sizes = process.argv.slice(2).map(Number);

function entryOf(bodyBytes: number, computeMs: number): Entry {
  const at = Date.now();
  // As read from Redis: nothing in it is shared with another entry.
  const header = JSON.stringify({
    key: randomBytes(32).toString('hex'),
    model: 'forecast',
    tenant: 'default',
    log: randomBytes(9).toString('base64url'),
    digest: randomBytes(16).toString('hex'),
    tags: ['model:forecast', `model_id:${randomBytes(8).toString('hex')}`],
    createdAt: at,
    freshUntil: at + 3_600_000,
    staleUntil: at + 7_200_000,
    token: { epoch: at, seq: 12_345, id: randomBytes(8).toString('hex') },
    runSeq: 1,
    computeMs,
  });
  return { header: JSON.parse(header), body: Buffer.alloc(bodyBytes, 1) };
}

/** After collections until one frees no more: V8 gives the memory of bodies back on other threads. */
async function takenBytes(): Promise<number> {
  const collect = globalThis.gc;
  if (!collect) throw new Error('needs --expose-gc');
  let taken = Number.POSITIVE_INFINITY;
  for (;;) {
    collect();
    await sleep(20);
    const { heapUsed, external } = process.memoryUsage(); // external counts array buffers
    if (heapUsed + external > taken - 10_000) return heapUsed + external;
    taken = heapUsed + external;
  }
}

async function fill(maxBytes: number): Promise<number> {
  const tier = createMemoryTier({ maxBytes, maxEntries: 1_000_000 });
  const before = await takenBytes();
  let put = 0;
  for (let i = 0; put < 10 * maxBytes; i += 1) {
    const bodyBytes = sizes[i % sizes.length] as number;
    await tier.put(entryOf(bodyBytes, (i * 7919) % 20_000));
    put += bodyBytes + 1000;
  }
  const taken = (await takenBytes()) - before;
  const { bytes } = await tier.usage();
  if (bytes < maxBytes * 0.9) throw new Error('not full');
  return taken / maxBytes;
}

// The first fill also brings code and shapes, and at some moment Node gives back 5 MB that it needed
// to start: the median of three has neither in it.
const ratios = [await fill(MAX_BYTES), await fill(MAX_BYTES), await fill(MAX_BYTES)];
process.stdout.write(String(ratios.sort((a, b) => a - b)[1]));
