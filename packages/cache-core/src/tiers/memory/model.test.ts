/** The memory tier against the plainest account of what it holds. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Entry, isNewer } from '../../entry.ts';
import { entryWith } from '../../testing/tier-stage.ts';
import { createMemoryTier, type MemoryTier } from './memory.ts';

const MAX_BYTES = 20_000;
const MAX_ENTRIES = 12;
const START = 1_800_000_000_000;

const key = fc.nat({ max: 25 }).map((n) => `key ${n}`);
const command = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('put' as const),
      key,
      runSeq: fc.nat({ max: 5 }),
      bytes: fc.oneof(fc.nat({ max: 3000 }), fc.constant(0)),
      computeMs: fc.oneof(fc.double({ min: 0 }), fc.nat({ max: 1000 })),
      freshMs: fc.nat({ max: 100 }),
      staleMs: fc.nat({ max: 100 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ type: fc.constant('get' as const), key }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('remove' as const), key }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('pass' as const), ms: fc.nat({ max: 50 }) }),
  },
);

type Command = typeof command extends fc.Arbitrary<infer C> ? C : never;

/** What must be true after every command, by the model that was told of every one before. */
class Model {
  readonly #tier: MemoryTier;
  /** The newest entry that was put and not removed: held, or evicted. */
  readonly #known = new Map<string, Entry>();
  now = START;
  #gone = 0;

  constructor() {
    this.#tier = createMemoryTier({
      maxBytes: MAX_BYTES,
      maxEntries: MAX_ENTRIES,
      now: () => this.now,
    });
  }

  async run(step: Command): Promise<void> {
    if (step.type === 'pass') {
      this.now += step.ms;
      return; // what expires is met first by whatever comes next, not by the sweep of `usage`
    }
    if (step.type === 'get') this.#check(step.key);
    else if (step.type === 'remove') {
      this.#check(step.key);
      await this.#tier.remove(step.key);
      this.#known.delete(step.key);
      expect(this.#tier.getSync(step.key)).toBeUndefined();
    } else await this.#put(step);
    await this.#count();
  }

  /** What is got is what was put, or nothing; what is gone is told from what was evicted. */
  #check(name: string): Entry | undefined {
    const known = this.#known.get(name);
    const found = this.#tier.getSync(name);
    if (found) {
      expect(found.header).toBe(known?.header);
      expect(found.body).toBe(known?.body);
      expect(found.header.staleUntil).toBeGreaterThan(this.now);
    }
    return found;
  }

  async #put({
    key: name,
    runSeq,
    bytes,
    computeMs,
    freshMs,
    staleMs,
  }: Extract<Command, { type: 'put' }>) {
    const entry = entryWith({
      key: name,
      runSeq,
      computeMs,
      createdAt: this.now,
      freshUntil: this.now + freshMs,
      staleUntil: this.now + staleMs,
      body: Buffer.allocUnsafeSlow(bytes),
    });
    const held = this.#check(name);

    const outcome = await this.#tier.put(entry);

    if (held && isNewer(held.header, entry.header)) {
      expect(outcome).toBe('older');
      expect(this.#tier.getSync(name)).toBe(held);
      return;
    }
    const tooLarge = bytes + 800 > MAX_BYTES / 8;
    if (staleMs === 0) expect(outcome).toBe('refused');
    if (tooLarge) expect(outcome).toBe('refused');
    if (outcome === 'stored') this.#known.set(name, entry);
    else this.#known.delete(name);
    expect(this.#tier.getSync(name) !== undefined).toBe(outcome === 'stored');
  }

  /** Bounds kept; and whoever is neither held nor expired nor removed was evicted, and counted once. */
  async #count(): Promise<void> {
    const { size, bytes, evictions } = await this.#tier.usage();
    expect(bytes).toBeLessThanOrEqual(MAX_BYTES);
    expect(size).toBeLessThanOrEqual(MAX_ENTRIES);
    let held = 0;
    let body = 0;
    for (const [name, entry] of this.#known) {
      const found = this.#check(name);
      if (found) {
        held += 1;
        body += found.body.byteLength;
        continue;
      }
      this.#known.delete(name);
      if (entry.header.staleUntil > this.now) this.#gone += 1;
    }
    expect(size).toBe(held);
    expect(bytes).toBeGreaterThanOrEqual(body);
    if (size === 0) expect(bytes).toBe(0);
    expect(evictions).toBe(this.#gone);
  }
}

test('holds what the model says, within both bounds, and counts every eviction once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 120, size: 'max' }), async (commands) => {
      const model = new Model();
      for (const step of commands) await model.run(step);
    }),
    { numRuns: 150 },
  );
});
