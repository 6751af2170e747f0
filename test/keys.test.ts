/** Keys at several processes of the API, while they are revoked and while Redis is away. */
import { setTimeout as delay } from 'node:timers/promises';
import { createFaultProxy, post } from '@deja/testing';
import { expect, inject, test } from 'vitest';
import { clientOf, setUp } from './tenant-stage.ts';

const GUARANTEED_MS = 1000;

test('a revoked key is refused by every process within a second', async () => {
  await using t = await setUp();
  const key = await t.create('acme');
  const replicas = [t.api, await t.startReplica()].map((api) => clientOf(api, key));
  for (const replica of replicas) expect((await replica.get('/models')).status).toBe(200);

  const askUntilRefused = replicas.map(async (replica) => {
    let lastAdmitted = 0;
    for (;;) {
      const at = performance.now();
      const { status } = await replica.get('/models');
      if (status === 401) return lastAdmitted;
      expect(status).toBe(200);
      lastAdmitted = at;
      await delay(20);
    }
  });
  await t.keys('revoke', key.split('_')[2]?.slice(0, 10) ?? '');
  const revokedAt = performance.now();

  for (const lastAdmitted of await Promise.all(askUntilRefused))
    expect(lastAdmitted - revokedAt).toBeLessThan(GUARANTEED_MS);
});

test('while Redis is away, a key that is known goes on, and one that is not is 503', async () => {
  await using proxy = await createFaultProxy(inject('redisUrl'));
  await using t = await setUp({ REDIS_URL: proxy.url });
  const [known, unknown] = [await t.client('acme'), await t.client('other')];
  await t.startWorker();
  const question = { text: 'asked before Redis went away' };
  await known.post('/predict', question);
  expect((await known.post('/predict', question)).headers.get('x-cache')).toBe('HIT');

  proxy.blackhole();
  await delay(2 * GUARANTEED_MS); // longer than a process takes a key for good without Redis

  const hit = await known.post('/predict', question);
  expect([hit.status, hit.headers.get('x-cache')]).toEqual([200, 'HIT']);
  const refused = await unknown.post('/predict', question);
  expect(refused).toMatchObject({
    status: 503,
    body: { type: 'urn:deja:problem:queue-unavailable' },
  });
  expect((await post(`${t.api.url}/predict`, question)).status).toBe(401);
  proxy.heal();
  await expect
    .poll(async () => (await unknown.post('/predict', question)).status, { timeout: 20_000 })
    .toBe(200);
});
