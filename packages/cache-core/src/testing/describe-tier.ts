/** The conformance suite of tiers: every implementation's test runs it. For tests only. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { describeBound } from './describe-bound.ts';
import {
  type EntryParts,
  randomKey,
  stageOf,
  type TierSettings,
  type TierUnderTest,
} from './tier-stage.ts';

interface TierTraits {
  /** False: the server bounds the entries, and reports its own figures. */
  readonly bounded: boolean;
  readonly corruptible: boolean;
}

export function describeTier(
  name: string,
  open: (settings: TierSettings) => Promise<TierUnderTest>,
  { bounded, corruptible }: TierTraits,
): void {
  const stage = stageOf(open);
  const { start, setUp } = stage;

  describe(`a tier (${name})`, () => {
    test('gives back what was put, header and bytes', async () => {
      await using t = await setUp();
      const body = randomBytes(5000);
      const entry = t.entry({ body });

      expect(await t.tier.put(entry)).toBe('stored');

      const found = await t.tier.get(entry.header.key);
      expect(found?.header).toEqual(entry.header);
      expect(found?.body.equals(body)).toBe(true);
    });

    test.each([4096, 20_000])('gives back a body of %i bytes that repeats', async (n) => {
      await using t = await setUp();
      const body = Buffer.alloc(n, '{"ds":[1,2,3],"yhat":[4.5,5.5]}');
      const entry = t.entry({ body });

      expect(await t.tier.put(entry)).toBe('stored');

      const found = await t.tier.get(entry.header.key);
      expect(found?.header).toEqual(entry.header);
      expect(found?.body.equals(body)).toBe(true);
      expect(found?.body.buffer.byteLength).toBe(n);
    });

    test('keeps an empty body', async () => {
      await using t = await setUp();
      const entry = t.entry({ body: Buffer.alloc(0) });

      await t.tier.put(entry);

      expect((await t.tier.get(entry.header.key))?.body.byteLength).toBe(0);
    });

    test('knows nothing of a key that was not put', async () => {
      await using t = await setUp();

      expect(await t.tier.get(randomKey())).toBeUndefined();
      await t.tier.remove(randomKey());
    });

    test('returns a body that is a view of no other buffer', async () => {
      await using t = await setUp();
      const pool = Buffer.alloc(1000, 'a');
      const entry = t.entry({ body: pool.subarray(100, 200) });

      await t.tier.put(entry);
      pool.fill('b');

      const body = (await t.tier.get(entry.header.key))?.body;
      expect(body?.toString()).toBe('a'.repeat(100));
      expect(body?.buffer.byteLength).toBe(100);
    });

    const later: [string, EntryParts, EntryParts][] = [
      [
        'epoch',
        { token: { epoch: 9, seq: 9 }, runSeq: 9 },
        { token: { epoch: 10, seq: 1 }, runSeq: 1 },
      ],
      ['seq', { token: { seq: 9 }, runSeq: 9 }, { token: { seq: 10 }, runSeq: 1 }],
      ['runSeq', { runSeq: 9 }, { runSeq: 10 }],
    ];
    // R27
    test.each(later)('keeps the entry of the later start, by %s', async (_, old, young) => {
      await using t = await setUp();
      const key = randomKey();
      const older = t.entry({ ...old, key, body: Buffer.from('older') });
      const newer = t.entry({ ...young, key, body: Buffer.from('newer') });

      expect(await t.tier.put(older)).toBe('stored');
      expect(await t.tier.put(newer)).toBe('stored');
      expect(await t.tier.put(older)).toBe('older');

      expect((await t.tier.get(key))?.body.toString()).toBe('newer');
    });

    test('stores an equal entry again', async () => {
      await using t = await setUp();
      const entry = t.entry();

      await t.tier.put(entry);

      expect(await t.tier.put(entry)).toBe('stored');
    });

    test('returns nothing from staleUntil on', async () => {
      await using t = await setUp();
      const entry = t.entry();
      await t.tier.put(entry);

      t.pass(59_999);
      expect(await t.tier.get(entry.header.key)).toBeDefined();
      t.pass(1);
      expect(await t.tier.get(entry.header.key)).toBeUndefined();
    });

    test('gives an entry that comes late no more than the life it has left', async () => {
      await using t = await setUp();
      const entry = t.entry();
      t.pass(50_000);

      await t.tier.put(entry);

      expect((await t.tier.get(entry.header.key))?.header).toEqual(entry.header);
      t.pass(10_000);
      expect(await t.tier.get(entry.header.key)).toBeUndefined();
    });

    test('refuses an entry that is past staleUntil, and drops the one it outdates', async () => {
      await using t = await setUp();
      const key = randomKey();
      const dead = { key, createdAt: start - 60_000 };
      await t.tier.put(t.entry({ key, runSeq: 5 }));

      expect(await t.tier.put(t.entry({ ...dead, runSeq: 4 }))).toBe('older');
      expect(await t.tier.get(key)).toBeDefined();
      expect(await t.tier.put(t.entry({ ...dead, runSeq: 6 }))).toBe('refused');
      expect(await t.tier.get(key)).toBeUndefined();
    });

    test('removes an entry', async () => {
      await using t = await setUp();
      const [one, two] = [t.entry(), t.entry()];
      await t.tier.put(one);
      await t.tier.put(two);

      await t.tier.remove(one.header.key);

      expect(await t.tier.get(one.header.key)).toBeUndefined();
      expect(await t.tier.get(two.header.key)).toBeDefined();
    });

    test('removes only the entry that was meant', async () => {
      await using t = await setUp();
      const { header, body } = t.entry({ runSeq: 5 });
      const { key, token } = header;
      await t.tier.put({ header, body });

      await t.tier.remove(key, { token, runSeq: 4 });
      await t.tier.remove(key, { token: { ...token, id: 'another' }, runSeq: 5 });
      await t.tier.remove(key, { token: { ...token, seq: token.seq + 1 }, runSeq: 5 });
      expect(await t.tier.get(key)).toBeDefined();
      await t.tier.remove(key, { token, runSeq: 5 });
      expect(await t.tier.get(key)).toBeUndefined();
    });

    test('is empty after clear, and takes entries again', async () => {
      await using t = await setUp();
      const entries = Array.from({ length: 30 }, () => t.entry());
      for (const entry of entries) await t.tier.put(entry);

      await t.tier.clear();

      for (const { header } of entries) expect(await t.tier.get(header.key)).toBeUndefined();
      if (bounded) expect(await t.tier.usage()).toMatchObject({ size: 0, bytes: 0 });
      expect(await t.tier.put(t.entry())).toBe('stored');
    });

    if (bounded) describeBound(stage);

    test.runIf(corruptible)('treats a damaged entry as a miss, counts and removes it', async () => {
      await using t = await setUp();
      const entry = t.entry();
      const { key } = entry.header;
      await t.tier.put(entry);

      await t.corrupt(key);

      expect(await t.tier.get(key)).toBeUndefined();
      expect((await t.tier.usage()).errors).toBe(1);
      expect(await t.tier.get(key)).toBeUndefined();
      expect((await t.tier.usage()).errors).toBe(1);
      expect(await t.tier.put(entry)).toBe('stored');
      expect(await t.tier.get(key)).toBeDefined();
    });
  });
}
