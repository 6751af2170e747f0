import { call } from '@deja/testing';
import { Redis } from 'ioredis';
import { afterAll, expect, inject, test } from 'vitest';
import { openApi } from './harness.ts';

type Api = Awaited<ReturnType<typeof openApi>>;

const byTag = (api: Api, tag: string) =>
  call(`${api.url}/cache?tag=${encodeURIComponent(tag)}`, { method: 'DELETE' });
const byModelId = (api: Api, id: string) =>
  call(`${api.url}/invalidate-cache/${encodeURIComponent(id)}`, { method: 'POST' });
const byKey = (api: Api) => call(`${api.url}/cache/${'a'.repeat(64)}`, { method: 'DELETE' });
const all = (api: Api) => call(`${api.url}/cache`, { method: 'DELETE' });

const redis = new Redis(inject('redisUrl'));
afterAll(() => redis.disconnect());
const seqOf = async ({ context }: Api): Promise<number> =>
  Number(await redis.hget(`${context.shards.all[0]?.prefix}meta`, 'seq'));

test('a tag or model_id has at most 200 characters, and a refused one is not in the log', async () => {
  await using api = await openApi();
  const longest = 'ü'.repeat(200);
  for (const answer of [
    await byTag(api, longest),
    await byTag(api, `model_id:${longest}`),
    await byModelId(api, longest),
  ])
    expect(answer.status).toBe(200);
  const before = await seqOf(api);

  for (const answer of [
    await byTag(api, `${longest}u`),
    await byTag(api, 'x'.repeat(10_000)),
    await byTag(api, `model_id:${longest}u`),
    await byModelId(api, `${longest}u`),
  ]) {
    expect(answer.status).toBe(400);
    expect(answer.body.type).toBe('urn:deja:problem:malformed-request');
    expect(answer.body.detail).toContain('200');
  }

  expect(await seqOf(api)).toBe(before);
});

test('all processes together take MAX_INVALIDATIONS_PER_MINUTE, whatever they invalidate', async () => {
  const bound = { MAX_INVALIDATIONS_PER_MINUTE: '6', REDIS_PREFIX: `t${Date.now() % 1e7}` };
  await using api = await openApi(bound);
  await using other = await openApi(bound);

  for (const ask of [byKey, all, (of: Api) => byTag(of, 'a')])
    for (const of of [api, other]) expect((await ask(of)).status).toBe(200);
  const before = await seqOf(api);

  for (const ask of [byKey, all, (of: Api) => byTag(of, 'b'), (of: Api) => byModelId(of, 'c')])
    for (const of of [api, other]) {
      const refused = await ask(of);
      expect(refused.status).toBe(429);
      expect(refused.body.type).toBe('urn:deja:problem:rate-limited');
      expect(refused.body.detail).toMatch(/6 .*MAX_INVALIDATIONS_PER_MINUTE/);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
      expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    }

  expect(await seqOf(api)).toBe(before);
});
