import { once } from 'node:events';
import type { Socket } from 'node:net';
import { startOwnRedis } from '@deja/local-redis';
import { expect, test, vi } from 'vitest';
import { BatchingRedis } from '../src/batching-redis.ts';

test('commands of one turn leave in one write, and each gets its own reply', async () => {
  await using server = await startOwnRedis();
  const redis = new BatchingRedis(server.url);
  await once(redis, 'ready');
  const stream = redis.stream as Socket;
  const writes = vi.spyOn(stream as Required<Socket>, '_writev');

  const replies = await Promise.all(['a', 'b', 'c'].map((text) => redis.echo(text)));
  await redis.echo('d');

  expect(replies).toEqual(['a', 'b', 'c']);
  expect(writes.mock.calls.map(([chunks]) => chunks.length)).toEqual([3]); // one alone is no batch
  redis.disconnect();
});
