/** API processes that are killed (-9) at random points of a request. */
import { setTimeout as delay } from 'node:timers/promises';
import { post } from '@deja/testing';
import { expect, test } from 'vitest';
import { openStage } from './stage.ts';
import { readStream, toArray } from './stream.ts';

test('killed between a join, its queue entry and its answer: every acknowledged job ends', async () => {
  await using stage = await openStage({ apis: 3 });
  const { random } = stage;
  const load = stage.load(12, (id) => ({ id, ms: random.pick([0, 0, 50]) }));

  for (let round = 0; round < 8; round += 1) {
    await delay(random.between(100, 1500)); // any point of a request may be the one
    await stage.end(random.pick(stage.apis), 'SIGKILL');
    await stage.addApi();
  }
  await load.stop();

  // What an API admitted and could not tell its client ends as well: nothing is left open.
  await stage.expectPromisesKept();
});

test('killed during an event stream: another one goes on where it left off', async () => {
  await using stage = await openStage({ apis: 2 });
  const [one, two] = stage.apis;
  const { body } = await post(`${one?.url}/models/tally/run`, { id: 1, ms: 3000 });
  const path = `/jobs/${body.job_id}/events`;

  const first = readStream(`${one?.url}${path}`);
  const seen = (await first.next()).value;
  if (one) await stage.end(one, 'SIGKILL');
  await expect(toArray(first)).rejects.toThrow();
  const rest = await toArray(readStream(`${two?.url}${path}`, seen?.id));

  expect(rest.at(-1)?.event).toBe('done');
  expect(rest.map(({ id }) => id)).not.toContain(seen?.id);
  await stage.expectPromisesKept();
});
