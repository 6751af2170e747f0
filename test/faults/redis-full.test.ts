/** A queue Redis that is full (`noeviction`): it refuses, loses nothing, and heals without restart. */
import { setTimeout as delay } from 'node:timers/promises';
import { post } from '@deja/testing';
import { expect, test } from 'vitest';
import { openStage } from './stage.ts';

const WATCH_MS = 3000;

test('a full queue Redis: new work is refused, running work is not taken for done', async () => {
  await using stage = await openStage({ redisArgs: ['--maxmemory', '100mb'] });
  const { redis, history } = stage;
  const running = stage.ask({ id: 1, ms: 1500, chars: 50_000 });
  await stage.untilComputing(1);

  await redis.config('SET', 'maxmemory', '1mb');
  stage.fault('full');
  const client = stage.client();
  const outcomes = [];
  const [api] = stage.apis;
  for (let id = 2; id < 20; id += 1) outcomes.push((await client.once({ id })).outcome);
  const { status, body } = await post(`${api?.url}/models/tally/run`, { id: 99 });
  // Its computation ends meanwhile; that cannot be told, and so is not.
  const errors = async () =>
    Number((await redis.info('stats')).match(/total_error_replies:(\d+)/)?.[1]);
  const before = await errors();
  await delay(WATCH_MS);
  const errorsPerS = ((await errors()) - before) / (WATCH_MS / 1000);
  const endedWhileFull = history.all('ended').length;
  await redis.config('SET', 'maxmemory', '100mb');
  stage.fault('room again');
  await running;
  await stage.ask({ id: 100 });

  await stage.expectPromisesKept();
  expect(new Set(outcomes)).toEqual(new Set(['rejected']));
  expect([status, body.type]).toEqual([503, 'urn:deja:problem:queue-unavailable']);
  expect(errorsPerS).toBeLessThan(50); // nobody spins
  expect(endedWhileFull).toBe(0);
});
