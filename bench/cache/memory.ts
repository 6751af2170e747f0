import { createMemoryTier, type Entry } from '@deja/cache-core';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { Cacheable } from 'cacheable';
import { LRUCache } from 'lru-cache';
import type { Table } from '../report.ts';
import { COMPARED, compare, RATIO } from '../rounds.ts';
import { entryWith, keys } from './entries.ts';
import type { Size } from './sizes.ts';

/** Ours and lru-cache hold the bytes that are sent; the others what they are made for, a text. */
export async function memoryGet(size: Size): Promise<Table> {
  const names = keys(size.entries);
  const text = 'x'.repeat(size.bodyBytes);
  const maxBytes = size.entries * (size.bodyBytes + 2000);

  const tier = createMemoryTier({ maxBytes });
  const lru = new LRUCache<string, Entry>({
    max: size.entries,
    maxSize: maxBytes,
  });
  const lruExpiring = new LRUCache<string, Entry>({
    max: size.entries,
    maxSize: maxBytes,
    ttl: 3_600_000,
  });
  const bento = bentoOf({ maxItems: size.entries });
  const bentoPlain = bentoOf({ maxItems: size.entries, serialize: false });
  const cacheable = new Cacheable();
  for (const key of names) {
    const entry = entryWith(key, size.bodyBytes);
    await tier.put(entry);
    lru.set(key, entry, { size: size.bodyBytes });
    lruExpiring.set(key, entry, { size: size.bodyBytes });
    await bento.set({ key, value: text });
    await bentoPlain.set({ key, value: text });
    await cacheable.set(key, text);
  }

  const asked = Array.from(
    { length: size.operations },
    (_, i) => names[(i * 7919) % names.length] as string,
  );
  const all = (get: (key: string) => unknown) => () => {
    for (const key of asked) if (get(key) === undefined) throw new Error('not there');
  };
  const allAwaited = (get: (key: string) => Promise<unknown>) => async () => {
    for (const key of asked) if ((await get(key)) === undefined) throw new Error('not there');
  };
  const at = Date.now();
  const rows = await compare(
    [
      { name: 'memory tier, getSync', turn: all((key) => tier.getSync(key)) },
      {
        name: 'memory tier, getSync with the time at hand',
        turn: all((key) => tier.getSync(key, at)),
      },
      { name: 'lru-cache', turn: all((key) => lru.get(key)) },
      { name: 'lru-cache with a ttl', turn: all((key) => lruExpiring.get(key)) },
      { name: 'bentocache', turn: allAwaited((key) => bento.get({ key })) },
      { name: 'bentocache, serialize: false', turn: allAwaited((key) => bentoPlain.get({ key })) },
      { name: 'cacheable', turn: allAwaited((key) => cacheable.get(key)) },
    ],
    size,
  );
  await Promise.all([bento.disconnectAll(), bentoPlain.disconnectAll(), cacheable.disconnect()]);
  return { caption: `Memory get, ${size.name}`, columns: COMPARED, ratioOf: RATIO, rows };
}

/** Into caches that are full, so that each put evicts; cacheable has no bound unless by number. */
export async function memoryPut(size: Size): Promise<Table> {
  const entries = keys(4 * size.entries).map((key) => entryWith(key, size.bodyBytes));
  const text = 'x'.repeat(size.bodyBytes);
  const maxBytes = size.entries * (size.bodyBytes + 1000);

  const tier = createMemoryTier({ maxBytes });
  const lru = new LRUCache<string, object>({ max: size.entries, maxSize: maxBytes });
  const bento = bentoOf({ maxItems: size.entries });
  const cacheable = new Cacheable();
  const next = { tier: 0, lru: 0, bento: 0, cacheable: 0 };
  const take = (who: keyof typeof next) => {
    next[who] += 1;
    return entries[next[who] % entries.length] as (typeof entries)[number];
  };
  const turn = (put: () => unknown) => async () => {
    for (let i = 0; i < size.operations; i += 1) await put();
  };
  const rows = await compare(
    [
      { name: 'memory tier', turn: turn(() => tier.put(take('tier'))) },
      {
        name: 'lru-cache',
        turn: turn(() => {
          const entry = take('lru');
          lru.set(entry.header.key, entry, { size: size.bodyBytes });
        }),
      },
      {
        name: 'bentocache',
        turn: turn(() => bento.set({ key: take('bento').header.key, value: text })),
      },
      {
        name: 'cacheable',
        turn: turn(() => cacheable.set(take('cacheable').header.key, text)),
      },
    ],
    size,
  );
  await Promise.all([bento.disconnectAll(), cacheable.disconnect()]);
  return { caption: `Memory put, ${size.name}`, columns: COMPARED, ratioOf: RATIO, rows };
}

function bentoOf(options: { maxItems: number; serialize?: boolean }) {
  const store = bentostore().useL1Layer(memoryDriver(options));
  return new BentoCache({ default: 'memory', stores: { memory: store }, ttl: '1h' });
}
