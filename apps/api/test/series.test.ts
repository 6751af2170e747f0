/** Series as operators list them; test/operators.test.ts has real forecasts. */
import { call } from '@deja/testing';
import { expect, test } from 'vitest';
import { series, seriesList } from '../src/operations/series-schema.ts';
import { openApi } from './harness.ts';

type Api = Awaited<ReturnType<typeof openApi>>;

const facts = {
  ...{ source: 'trained', reason: 'no_model', data_change: 0, points: 400, new_points: 0 },
  ...{ trained_at: '2026-11-26T10:00:00.000Z', error_training: 1.5, took_ms: 900 },
};
const note = ({ context }: Api, id: string, missed?: number) =>
  context.seriesLog.note(
    { id, key: '0000' },
    { ...facts, ...(missed !== undefined && { error_ratio: missed, coverage: 0.5 }) },
    { missed, came: [] },
  );
const read = async ({ url }: Api, path: string) => (await call(`${url}${path}`)).body;
const idsOf = ({ series }: { series: { model_id: string }[] }) =>
  series.map(({ model_id }) => model_id);

test('series are listed worst first, and those of which nothing is known last', async () => {
  await using api = await openApi();
  await note(api, 'new');
  await note(api, 'good', 0.9);
  await note(api, 'bad', 3);

  const list = await read(api, '/admin/series');

  expect(seriesList.strict().parse(list)).toEqual(list);
  expect(idsOf(list)).toEqual(['bad', 'good', 'new']);
  expect(list.series[0]).toMatchObject({
    error_ratio: 3,
    coverage: 0.5,
    age_s: expect.any(Number),
  });
  expect(list.series[2].error_ratio).toBeUndefined();
  expect(idsOf(await read(api, '/admin/series?q=oo'))).toEqual(['good']);
  expect(idsOf(await read(api, '/admin/series?order=recent')).sort()).toEqual([
    'bad',
    'good',
    'new',
  ]);
});

test('a list goes on where its page ended, also among equals', async () => {
  await using api = await openApi();
  for (let at = 0; at < 7; at += 1) await note(api, `s${at}`, at % 2);
  const seen: string[] = [];
  let cursor = '';
  do {
    const page = await read(api, `/admin/series?limit=2${cursor && `&cursor=${cursor}`}`);
    seen.push(...idsOf(page));
    cursor = page.next_cursor ?? '';
    await note(api, `added ${seen.length}`, 9); // it comes before the first page
  } while (cursor);

  expect(seen).toEqual(['s5', 's3', 's1', 's6', 's4', 's2', 's0']);
});

test('a series tells its decisions, and of what came how it was forecast', async () => {
  await using api = await openApi();
  await note(api, 'sales');
  const row = (ds: string, values: number[]) => ({ ds, values, made_at: facts.trained_at });
  await api.context.seriesLog.note({ id: 'sales', key: '0000' }, facts, {
    missed: 1,
    came: [
      { at: 1, row: row('2026-11-25', [100, 90, 80, 95]) },
      { at: 2, row: row('2026-11-26', [50, 55, 45, 65]) },
    ],
  });

  const seen = await read(api, '/admin/series/sales');

  expect(series.strict().parse(seen)).toEqual(seen);
  expect(seen.decisions).toHaveLength(2);
  expect(seen.came).toMatchObject({
    ds: ['2026-11-25', '2026-11-26'],
    y: [100, 50],
    yhat: [90, 55],
  });
  expect(seen.accuracy).toEqual({ points: 2, mean_error_share: 0.1, within_band: 0.5 });
});

test('a series of a tenant is named with it', async () => {
  await using api = await openApi();
  const { seriesLog } = api.context;
  const nothing = { missed: undefined, came: [] };
  await seriesLog.note({ id: 'sales', tenant: 'acme', key: '0000' }, facts, nothing);
  await note(api, 'sales', 2);

  const both = await read(api, '/admin/series');
  const own = await read(api, '/admin/series?tenant=acme');

  expect(both.series.map(({ tenant }: { tenant: string }) => tenant)).toEqual(['default', 'acme']);
  expect(own.series.map(({ tenant }: { tenant: string }) => tenant)).toEqual(['acme']);
  expect(await read(api, '/admin/series/sales?tenant=acme')).toMatchObject({
    ...{ model_id: 'sales', tenant: 'acme', decisions: [{ reason: 'no_model' }] },
  });
  const nobodys = await read(api, '/admin/series?tenant=default');
  expect(nobodys.series.map(({ tenant }: { tenant: string }) => tenant)).toEqual(['default']);
  expect((await read(api, '/admin/series/sales?tenant=default')).tenant).toBe('default');
  expect((await call(`${api.url}/admin/series/sales?tenant=other`)).status).toBe(404);
});

test('what is unknown is 404, what is malformed is 400, and all is for operators', async () => {
  await using api = await openApi();
  for (const path of ['/admin/series/none', '/admin/series/none/plot'])
    expect((await call(`${api.url}${path}`)).body.type).toBe('urn:deja:problem:series-unknown');
  for (const query of ['order=best', 'cursor=none', 'limit=0'])
    expect((await call(`${api.url}/admin/series?${query}`)).status).toBe(400);
  await using guarded = await openApi({ ADMIN_PASSWORD: 'a good one' });
  for (const path of ['', '/none', '/none/plot'])
    expect((await fetch(`${guarded.url}/admin/series${path}`)).status).toBe(401);
});
