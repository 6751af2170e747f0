import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDiskTier } from '@deja/cache-core';
import { createRedisTier } from '@deja/cache-core/redis';
import { startOwnRedis } from '@deja/local-redis';
import { createKeyv } from '@keyv/redis';
import { BentoCache, bentostore } from 'bentocache';
import { fileDriver } from 'bentocache/drivers/file';
import { redisDriver } from 'bentocache/drivers/redis';
import { Redis } from 'ioredis';
import type { Table } from '../report.ts';
import { COMPARED, compare, RATIO } from '../rounds.ts';
import { entryWith, keys } from './entries.ts';
import type { Size } from './sizes.ts';

const IN_FLIGHT = 32;

/** 32 in flight. Ours checks a SHA-256 over what it reads; the others parse JSON. */
export async function redisGet(size: Size): Promise<Table> {
  await using server = await startOwnRedis();
  const redis = new Redis(server.url);
  const tier = createRedisTier(redis, { keyPrefix: 'own:' });
  const bound = createRedisTier(redis, { keyPrefix: 'bound:f2:{d0}:', maxBytes: 1e9 });
  const stores = { redis: bentostore().useL2Layer(redisDriver({ connection: redis })) };
  const bento = new BentoCache({ default: 'redis', stores, ttl: '1h' });
  const keyv = createKeyv(server.url);
  const names = keys(size.entries);
  const text = 'x'.repeat(size.bodyBytes);
  for (const key of names) {
    await tier.put(entryWith(key, size.bodyBytes));
    await bound.put(entryWith(key, size.bodyBytes));
    await bento.set({ key, value: text });
    await keyv.set(key, text);
    await redis.set(`bare:${key}`, text);
  }

  const all = (get: (key: string) => Promise<unknown>) => async () => {
    let next = 0;
    const reader = async () => {
      while (next < size.operations) {
        next += 1;
        const found = await get(names[next % names.length] as string);
        if (found === undefined || found === null) throw new Error('not there');
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, reader));
  };
  const rows = await compare(
    [
      { name: 'Redis tier', turn: all((key) => tier.get(key)) },
      { name: 'Redis tier, bounded by us', turn: all((key) => bound.get(key)) },
      { name: 'bare ioredis, getBuffer', turn: all((key) => redis.getBuffer(`bare:${key}`)) },
      { name: 'bentocache, Redis only', turn: all((key) => bento.get({ key })) },
      { name: 'keyv (the second level of cacheable)', turn: all((key) => keyv.get(key)) },
    ],
    size,
  );
  await Promise.all([bento.disconnectAll(), keyv.disconnect()]);
  redis.disconnect();
  return {
    caption: `Redis get, ${size.name}, ${IN_FLIGHT} in flight`,
    columns: COMPARED,
    ratioOf: RATIO,
    rows,
  };
}

/** One after the other, from the page cache. */
export async function diskGet(size: Size): Promise<Table> {
  const dir = mkdtempSync(join(tmpdir(), 'deja-bench-'));
  try {
    await using tier = openDiskTier({ dir: join(dir, 'deja'), maxBytes: 1e9 });
    const directory = join(dir, 'bento');
    const stores = {
      disk: bentostore().useL2Layer(fileDriver({ directory, pruneInterval: false })),
    };
    const bento = new BentoCache({ default: 'disk', stores, ttl: '1h' });
    const names = keys(size.entries);
    for (const key of names) {
      await tier.put(entryWith(key, size.bodyBytes));
      await bento.set({ key, value: 'x'.repeat(size.bodyBytes) });
    }

    const all = (get: (key: string) => Promise<unknown>) => async () => {
      for (let i = 0; i < size.operations; i += 1)
        if ((await get(names[i % names.length] as string)) === undefined)
          throw new Error('not there');
    };
    const rows = await compare(
      [
        { name: 'disk tier', turn: all((key) => tier.get(key)) },
        { name: 'bentocache, file driver', turn: all((key) => bento.get({ key })) },
      ],
      size,
    );
    await bento.disconnectAll();
    return { caption: `Disk get, ${size.name}`, columns: COMPARED, ratioOf: RATIO, rows };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
