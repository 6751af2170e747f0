/** The conformance suite of tiers: every implementation's test runs it. For tests only. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Entry, EntryHeader, Token } from '../entry.ts';
import type { Tier } from '../tier.ts';

interface TierSettings {
  readonly now: () => number;
  readonly maxBytes: number;
}

interface TierUnderTest extends AsyncDisposable {
  readonly tier: Tier;
  /** Changes the entry's stored bytes behind the tier's back. Absent: the tier stores objects. */
  readonly corrupt?: (key: string) => Promise<void>;
}

interface TierTraits {
  /** False: the server bounds the entries, and reports its own figures. */
  readonly bounded: boolean;
  readonly corruptible: boolean;
}

interface EntryParts extends Partial<Omit<EntryHeader, 'token'>> {
  readonly token?: Partial<Token>;
  readonly body?: Buffer;
}

export const randomKey = (): string => randomBytes(32).toString('hex');

/** An entry that lives for a minute, with the given `parts` changed. */
export function entryWith({ token, body = Buffer.from('{"a":1}'), ...parts }: EntryParts): Entry {
  const createdAt = parts.createdAt ?? Date.now();
  const header: EntryHeader = {
    key: randomKey(),
    model: 'forecast',
    tenant: 'default',
    tags: ['model:forecast', 'model_id:großhandel'],
    createdAt,
    freshUntil: createdAt + 30_000,
    staleUntil: createdAt + 60_000,
    log: 'log',
    runSeq: 1,
    computeMs: 12.5,
    digest: 'digest',
    ...parts,
    token: { epoch: 1_700_000_000_000, seq: 7, id: 'record', ...token },
  };
  return { header, body };
}

const MAX_BYTES = 200_000;

export function describeTier(
  name: string,
  open: (settings: TierSettings) => Promise<TierUnderTest>,
  { bounded, corruptible }: TierTraits,
): void {
  const start = Date.now();
  const setUp = async () => {
    let elapsedMs = 0;
    const opened = await open({ now: () => start + elapsedMs, maxBytes: MAX_BYTES });
    return {
      tier: opened.tier,
      corrupt: opened.corrupt ?? (async () => {}),
      pass: (ms: number) => {
        elapsedMs += ms;
      },
      entry: (parts: EntryParts = {}) => entryWith({ createdAt: start + elapsedMs, ...parts }),
      [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
    };
  };

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

    describe.runIf(bounded)('within its bound', () => {
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
