import { readFileSync } from 'node:fs';
import { startOwnRedis } from '@deja/local-redis';
import { expect, test } from 'vitest';
import { openKeys, rights } from './open-keys.ts';

test('the rights that docs/operations.md lists are enough', async () => {
  const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
  const [, list = ''] = /ACL SETUSER deja on >PASSWORD (.*?)```/s.exec(page) ?? [];
  await using server = await startOwnRedis();
  await using admin = await openKeys({ url: server.url });
  const rules = list
    .trim()
    .split(/\s+/)
    .map((rule) => rule.replace('deja:', 't'));
  await admin.redis.call('ACL', 'SETUSER', 'deja', 'on', '>pw', ...rules);
  const url = Object.assign(new URL(server.url), { username: 'deja', password: 'pw' });
  await using keys = await openKeys({ url: url.href });
  const { verifier } = await keys.openVerifier({ pollMs: 10 });

  const { key, record } = await keys.store.create(rights());
  await verifier.verify(key);
  await expect.poll(async () => (await keys.store.list())[0]?.lastUsedAt).toBeGreaterThan(0);
  await keys.store.rotate(record.id);
  await keys.store.revoke(record.id);

  await expect.poll(() => verifier.verify(key)).toMatchObject({ why: 'revoked' });
  expect(await admin.redis.call('ACL', 'LOG')).toEqual([]);
});
