import { expect, test } from 'vitest';
import { LANES, type Lane, newRunId } from '../src/index.ts';
import { openStore, request } from './harness.ts';

const key = (n: number): string => n.toString(16).padStart(64, '0');

/** A shard with one worker that holds so many runs of each lane, so that BullMQ gets twice as many. */
async function setUp(holds: number) {
  const store = openStore();
  const announce = (worker: string, count: number) =>
    store.workers.announce(worker, {
      ...{ slots: count, models: [], about: undefined },
      holds: Object.fromEntries(LANES.map((lane) => [lane, count])),
    });
  await announce('w', holds);
  let opened = 0;
  const open = async (lane: Lane = 'long') => {
    opened += 1;
    const asked = request({ key: key(opened), run: newRunId(), lane });
    const reply = await store.runs.join(asked, '{}');
    if (reply.outcome === 'done') throw new Error('no run');
    return { ...reply, key: asked.key };
  };
  const end = async (run: string) => {
    const aid = `aid-${run}`;
    await store.runs.start(run, aid);
    return await store.runs.finalise(run, aid, 'succeeded', '{}');
  };
  /** As if the time had come to look at every open run. */
  const makeAllDue = async () => {
    const recheck = `${store.shard.prefix}recheck`;
    for (const run of await store.redis.zrange(recheck, '0', '-1'))
      await store.redis.zadd(recheck, '0', run);
  };
  return {
    store,
    announce,
    open,
    end,
    makeAllDue,
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

const runsOf = (hand: readonly { readonly run: string }[]) => hand.map(({ run }) => run);

test('BullMQ gets twice what the workers hold at once, the others wait (R32)', async () => {
  await using t = await setUp(2);

  const opened = [];
  for (let n = 0; n < 6; n += 1) opened.push(await t.open());

  expect(opened.map(({ run, hand }) => runsOf(hand).join() === run)).toEqual([
    ...[true, true, true, true],
    ...[false, false],
  ]);
  expect(opened.slice(4).map(({ hand }) => hand)).toEqual([[], []]);
});

test('the end of a run hands over the one that has waited longest', async () => {
  await using t = await setUp(1);
  const [first, second, third, fourth] = [
    await t.open(),
    await t.open(),
    await t.open(),
    await t.open(),
  ];

  const reply = await t.end(first.run);

  expect(reply).toMatchObject({ outcome: 'ok', hand: [{ run: third.run, lane: 'long' }] });
  expect(await t.end(second.run)).toMatchObject({ hand: [{ run: fourth.run }] });
  expect(await t.end(third.run)).toMatchObject({ hand: [] });
});

test('a run that is opened does not overtake those that wait', async () => {
  await using t = await setUp(1);
  await t.open();
  await t.open();
  const waits = await t.open();
  await t.announce('another', 1);

  const { run, hand } = await t.open();

  expect(runsOf(hand)).toEqual([waits.run, run]);
});

test('each lane has a list of its own', async () => {
  await using t = await setUp(1);
  for (let n = 0; n < 3; n += 1) await t.open('bulk');

  const { run, hand } = await t.open('long');

  expect(runsOf(hand)).toEqual([run]);
});

test('the reconciler hands over what nobody did (R32), and what a process took and did not add (R31)', async () => {
  await using t = await setUp(1);
  const first = await t.open();
  await t.open();
  const third = await t.open();
  await t.store.jobs.cancel(first.job); // nobody adds anything when it ends

  expect(runsOf(await t.store.runs.pending())).toEqual([third.run]);

  expect(await t.store.runs.pending()).toEqual([]);
  await t.makeAllDue();
  expect(runsOf(await t.store.runs.pending())).toContain(third.run);
});

test('the reconciler leaves those alone that wait for their turn', async () => {
  await using t = await setUp(1);
  const [first, second] = [await t.open(), await t.open()];
  await t.open();
  await t.makeAllDue();

  expect(runsOf(await t.store.runs.pending()).sort()).toEqual([first.run, second.run].sort());
});

test('who joins a run that was handed over adds it again; one that waits keeps its place', async () => {
  await using t = await setUp(1);
  const [first, , third] = [await t.open(), await t.open(), await t.open()];
  const join = async (of: { key: string }) => {
    const reply = await t.store.runs.join({ ...request(), key: of.key, lane: 'long' }, '{}');
    return reply.outcome === 'joined' ? reply.hand : expect.fail(reply.outcome);
  };

  expect(runsOf(await join(first))).toEqual([first.run]);
  expect(await join(third)).toEqual([]);
  await t.store.runs.start(first.run, 'aid');
  expect(await join(first)).toEqual([]);
});

test('a joiner in a faster lane takes a waiting run along, and one that was handed over, too', async () => {
  await using t = await setUp(1);
  const [first, , third] = [await t.open('bulk'), await t.open('bulk'), await t.open('bulk')];
  const join = async (of: { key: string }) => {
    const reply = await t.store.runs.join({ ...request(), key: of.key, lane: 'short' }, '{}');
    return reply.outcome === 'joined' ? reply.hand : expect.fail(reply.outcome);
  };

  expect(await join(third)).toEqual([{ run: third.run, key: third.key, lane: 'short' }]);
  expect(await join(first)).toEqual([{ run: first.run, key: first.key, lane: 'short' }]);
  const next = await t.open('bulk');
  expect(runsOf(next.hand)).toEqual([next.run]); // the first one's place is free
});

test('a run whose model no worker has keeps no other from BullMQ', async () => {
  await using t = await setUp(1);
  const [first, second] = [await t.open(), await t.open()];
  for (const { run } of [first, second]) {
    await t.store.runs.start(run, `aid-${run}`);
    await t.store.runs.release(run, `aid-${run}`, { againInMs: 60_000 });
  }

  const { run, hand } = await t.open();

  expect(runsOf(hand)).toEqual([run]);
});

test('a worker that leaves takes its share along; without any, runs are handed over all the same', async () => {
  await using t = await setUp(1);
  await t.announce('another', 1);
  await t.store.workers.leave('another');
  await t.open();
  await t.open();
  const third = await t.open();
  expect(third.hand).toEqual([]);

  await t.store.workers.leave('w'); // one of an earlier version may be left, which does not say

  expect(runsOf((await t.open()).hand)).toContain(third.run);
});
