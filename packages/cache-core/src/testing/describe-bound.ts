/** The part of the conformance suite for tiers that bound their entries themselves. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { MAX_BYTES, randomKey, type TierStage } from './tier-stage.ts';

export function describeBound({ start, setUp }: TierStage): void {
  describe('within its bound', () => {
    test('never holds more than maxBytes, and counts what it evicts', async () => {
      await using t = await setUp();
      const count = Math.ceil((10 * MAX_BYTES) / 8000);
      for (let i = 0; i < count; i += 1) {
        await t.tier.put(t.entry({ body: randomBytes(6000 + (i % 5) * 1000) }));
        expect((await t.tier.usage()).bytes).toBeLessThanOrEqual(MAX_BYTES);
      }

      const { size, bytes, maxBytes, evictions } = await t.tier.usage();
      expect(size).toBeGreaterThan(10);
      expect(bytes).toBeGreaterThan(MAX_BYTES * 0.8);
      expect(maxBytes).toBe(MAX_BYTES);
      expect(evictions).toBe(count - size);
    });

    test('evicts what was used least recently', async () => {
      await using t = await setUp();
      const parts = { staleUntil: start + 3_600_000 };
      const [used, unused] = [t.entry(parts), t.entry(parts)];
      await t.tier.put(used);
      await t.tier.put(unused);

      for (let i = 0; i < 60; i += 1) {
        t.pass(30_000);
        await t.tier.put(t.entry({ ...parts, body: randomBytes(10_000) }));
        if (i % 4 === 0) expect(await t.tier.get(used.header.key)).toBeDefined();
      }
      expect(await t.tier.get(unused.header.key)).toBeUndefined();
    });

    test('refuses an entry that is too large, and drops the one it outdates', async () => {
      await using t = await setUp();
      const key = randomKey();
      const huge = { key, body: randomBytes(MAX_BYTES / 2) };
      const bystander = t.entry();
      await t.tier.put(bystander);
      await t.tier.put(t.entry({ key, runSeq: 5 }));

      expect(await t.tier.put(t.entry({ ...huge, runSeq: 4 }))).toBe('older');
      expect(await t.tier.get(key)).toBeDefined();
      expect(await t.tier.put(t.entry({ ...huge, runSeq: 6 }))).toBe('refused');
      expect(await t.tier.get(key)).toBeUndefined();
      expect(await t.tier.get(bystander.header.key)).toBeDefined();
      expect(await t.tier.usage()).toMatchObject({ size: 1, evictions: 0, errors: 0 });
    });

    test('counts an entry once, however often it is replaced', async () => {
      await using t = await setUp();
      const key = randomKey();
      const small = t.entry({ key, runSeq: 1, body: Buffer.alloc(100) });
      await t.tier.put(small);
      const before = await t.tier.usage();

      await t.tier.put(t.entry({ key, runSeq: 2, body: randomBytes(5100) }));
      const larger = await t.tier.usage();
      await t.tier.put(t.entry({ key, runSeq: 3, body: Buffer.alloc(100) }));

      expect(larger.bytes - before.bytes).toBeGreaterThanOrEqual(5000);
      expect(await t.tier.usage()).toEqual(before);
      await t.tier.remove(key);
      expect(await t.tier.usage()).toMatchObject({ size: 0, bytes: 0, evictions: 0 });
    });

    test('holds nothing for an entry that has expired and was met', async () => {
      await using t = await setUp();
      const entry = t.entry();
      await t.tier.put(entry);

      t.pass(60_000);
      await t.tier.get(entry.header.key);

      expect(await t.tier.usage()).toMatchObject({ size: 0, bytes: 0, evictions: 0 });
    });
  });
}
