import { expect, test } from 'vitest';
import { QueueRedis } from '../src/index.ts';
import { SeriesLog, type SeriesLogLimits } from '../src/series-log.ts';
import { KEY, openStore } from './harness.ts';

function open(limits: Partial<SeriesLogLimits> = {}) {
  const store = openStore();
  const queue = new QueueRedis(store.redis, store.shard);
  return { ...store, log: new SeriesLog(queue, 'forecast', limits), queue };
}

const note = (log: SeriesLog, id: string, no: number, missed?: number) =>
  log.note({ id, key: KEY }, { no }, { missed, came: [{ at: no, row: [no] }] });

test('a series has the last 100 decisions and 60 points', async () => {
  await using t = open();
  for (let no = 0; no < 120; no += 1) await note(t.log, 'sales', no, 1);
  const { decisions, came } = await t.log.read({ id: 'sales' });

  expect(decisions).toHaveLength(100);
  expect(decisions[0]).toEqual({ at: expect.any(Number), facts: { no: 119 } });
  expect(came).toHaveLength(60);
  expect(came.at(-1)).toEqual([119]);
  expect(await t.log.last([{ id: 'sales' }, { id: 'none' }])).toEqual([decisions[0], undefined]);
  expect(await t.log.read({ id: 'none' })).toEqual({ decisions: [], came: [] });
});

test('of a point the forecast is kept that was made first', async () => {
  await using t = open();
  for (const row of ['before', 'later'])
    await t.log.note({ id: 'sales', key: KEY }, {}, { missed: 1, came: [{ at: 5, row }] });

  expect((await t.log.read({ id: 'sales' })).came).toEqual(['before']);
});

test('series are listed by when they answered, and by how far they missed', async () => {
  await using t = open();
  await note(t.log, 'unknown', 1);
  await note(t.log, 'good', 1, 0.9);
  await note(t.log, 'bad', 1, 4.5);
  await note(t.log, 'good', 2); // nothing came since: it is as good as it was

  expect((await t.log.list('worst')).map(({ id, score }) => [id, score])).toEqual([
    ['bad', 4.5],
    ['good', 0.9],
    ['unknown', -1],
  ]);
  expect((await t.log.list('recent')).map(({ id }) => id).sort()).toEqual([
    'bad',
    'good',
    'unknown',
  ]);
  const other = new SeriesLog(t.queue, 'other');
  expect(await other.list('recent')).toEqual([]);
});

test('the last 2,048 series of a model are kept, for 90 days: 60 MB if all are full', async () => {
  await using t = open({ maxSeries: 5 });
  for (let no = 0; no < 12; no += 1) {
    await note(t.log, `s${no}`, no, no);
    await t.redis.zadd(`${t.shard.prefix}series:forecast:recent`, Date.now() - 1000 + no, `s${no}`);
  }

  const ids = (await t.log.list('worst')).map(({ id }) => id);
  expect(ids).toEqual(['s11', 's10', 's9', 's8', 's7']);
  const keys = await t.redis.keys(`${t.shard.prefix}series:*`);
  expect(keys).toHaveLength(3 + 2 * 5);
  const full = JSON.stringify({ reason: 'x'.repeat(200) });
  for (let no = 0; no < 100; no += 1)
    await t.log.note({ id: 'full', key: KEY }, JSON.parse(full), {
      missed: 1,
      came: [
        { at: no, row: ['2026-11-26', 123.456, 123.456, 123.456, 123.456, '2026-11-26T10:00'] },
      ],
    });
  let bytes = 0;
  for (const key of await t.redis.keys(`${t.shard.prefix}series:forecast:?:full`)) {
    expect(await t.redis.pttl(key)).toBeGreaterThan(89 * 86_400_000);
    bytes += Number(await t.redis.memory('USAGE', key));
  }
  expect(bytes * 2048).toBeLessThan(60e6);
});

test('of one name each tenant has a series of its own, and nobody another', async () => {
  await using t = open();
  for (const tenant of ['a', 'b', undefined])
    await t.log.note({ id: 'sales', tenant, key: KEY }, { tenant }, { missed: 1, came: [] });

  for (const tenant of ['a', 'b', undefined])
    expect((await t.log.read({ id: 'sales', tenant })).decisions.map(({ facts }) => facts)).toEqual(
      [{ ...(tenant && { tenant }) }],
    );
  const listed = await t.log.list('recent');
  expect(new Set(listed.map(({ id, tenant }) => `${id} of ${tenant}`))).toEqual(
    new Set(['sales of a', 'sales of b', 'sales of undefined']),
  );
});

test('a series that has not answered for so long is forgotten', async () => {
  await using t = open({ keepMs: 60_000 });
  await note(t.log, 'old', 1, 1);
  await t.redis.zadd(`${t.shard.prefix}series:forecast:recent`, Date.now() - 100_000, 'old');

  await note(t.log, 'new', 1, 1);

  expect((await t.log.list('worst')).map(({ id }) => id)).toEqual(['new']);
});
