import { randomUUID } from 'node:crypto';
import { createNotifier, shardPrefixOf } from '@deja/cache-core/redis';
import { type LocalCluster, startCluster } from '@deja/local-redis/topologies';
import { Cluster } from 'ioredis';
import { expect, test, vi } from 'vitest';
import { createKeyVerifier, KeyStore } from '../src/index.ts';
import { rights } from './open-keys.ts';

vi.setConfig({ testTimeout: 60_000 });

test('in a Cluster, all that belongs to keys lies in one slot', async () => {
  await using servers = await startCluster({ replicas: 0 });
  await using owned = new AsyncDisposableStack();
  const [{ port, url }] = servers.nodes as [LocalCluster['nodes'][0]];
  const { password } = new URL(url);
  const connect = () =>
    owned.adopt(
      new Cluster([{ host: '127.0.0.1', port }], { redisOptions: { password } }),
      (client) => client.disconnect(),
    );
  const redis = connect();
  const prefix = shardPrefixOf(`t${randomUUID().slice(0, 8)}`);
  const notifier = owned.use(createNotifier(connect(), `${prefix}notify`));
  const verifier = createKeyVerifier({ redis, notifier, prefix, serveUnverifiedMs: 0 });
  owned.use(verifier);
  const store = new KeyStore({ redis, prefix });

  const old = await store.create(rights());
  expect(await verifier.verify(old.key)).toMatchObject({ is: 'known' });
  const { key, record } = await store.rotate(old.record.id);
  expect(await verifier.verify(key)).toMatchObject({ is: 'known' });
  await store.revoke(record.id);

  await expect.poll(() => verifier.verify(key)).toEqual({ is: 'refused', why: 'revoked' });
  expect((await store.list()).map((listed) => listed.record.id)).toHaveLength(2);
  await expect.poll(async () => (await store.find(record.id))?.lastUsedAt).toBeGreaterThan(0);
});
