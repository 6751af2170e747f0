/**
 * Version 0.2 over the Redis and the directory of a 0.1 installation (docs/upgrading.md). The fixture is
 * what version 0.1 left of one answered question, one invalidation and one run that no worker had begun.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { startOwnRedis } from '@deja/local-redis';
import { call, post } from '@deja/testing';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { startApi, startWorker, temporaryDir } from './processes.ts';

interface Fixture {
  /** What wrote the keys again; an argument that is no text in base64. */
  readonly commands: readonly (readonly (string | { readonly base64: string })[])[];
  /** Files by path: gzip, in base64. */
  readonly disk: Readonly<Record<string, string>>;
}

const fixture: Fixture = JSON.parse(
  readFileSync(new URL('./fixtures/version-0.1.json', import.meta.url), 'utf8'),
);
const ANSWERED = { text: 'a good day' };
const OLD_JOB = '0-01M8CHKJDAX71PRJT61VA3T398YNWNVCCWBM';

async function restore(redis: Redis, dir: string): Promise<void> {
  for (const [name = '', ...args] of fixture.commands) {
    const values = args.map((arg) =>
      typeof arg === 'string' ? arg : Buffer.from(arg.base64, 'base64'),
    );
    await redis.call(String(name), ...values);
  }
  for (const [path, gzip] of Object.entries(fixture.disk)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), gunzipSync(Buffer.from(gzip, 'base64')));
  }
}

/** All that is not of 0.2, to the byte. */
async function leftOf(redis: Redis, dir: string): Promise<Record<string, string | undefined>> {
  const left: Record<string, string | undefined> = {};
  for (const key of (await redis.keys('*')).sort())
    if (!key.startsWith('deja:f2:'))
      left[key] = `${await redis.pttl(key)} ${(await redis.dumpBuffer(key))?.toString('base64')}`;
  for (const name of readdirSync(dir).sort())
    if (name !== 'f2') left[name] = readFileSync(join(dir, name), 'base64');
  return left;
}

test('nothing that 0.1 left is read, served or changed', async () => {
  await using server = await startOwnRedis();
  using dir = temporaryDir();
  const redis = new Redis(server.url);
  await restore(redis, dir.path);
  const before = await leftOf(redis, dir.path);
  expect(Object.keys(before)).toHaveLength(38);
  const env = { REDIS_URL: server.url, CACHE_DIR: dir.path };
  {
    await using api = await startApi(env);
    await using worker = await startWorker(env);
    const ask = () => post(`${api.url}/predict`, ANSWERED, { Prefer: 'wait=60' });
    const caches = [];
    for (let i = 0; i < 2; i += 1) caches.push((await ask()).headers.get('x-cache'));

    expect(caches).toEqual(['MISS', 'HIT']);
    expect((await call(`${api.url}/jobs/${OLD_JOB}`)).status).toBe(410); // by its age, unseen
    expect((await call(`${api.url}/cache`, { method: 'DELETE' })).status).toBe(200);
    expect((await ask()).headers.get('x-cache')).toBe('MISS');
    expect(await redis.hget('deja:f2:{d0}:meta', 'lastrunseq')).toBe('2'); // not the run of 0.1
    expect(await api.end('SIGTERM')).toBe(0);
    expect(await worker.end('SIGTERM')).toBe(0);
  }

  expect(await leftOf(redis, dir.path)).toEqual(before);
  expect(readdirSync(dir.path).sort()).toEqual(['entries-v2.sqlite', 'f2']);
  redis.disconnect();
});
