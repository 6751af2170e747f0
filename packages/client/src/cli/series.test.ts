import { expect, test } from 'vitest';
import { columnsOf, readManySeries, readSeries } from './series.ts';

const COLUMNS = { ds: 'ds', y: 'y', others: [] };

async function* parts(text: string) {
  yield text;
}

const ignore = () => {};

test('an empty y, NA, NaN and null are gaps', async () => {
  const text = 'ds,y\n2026-01-01,1.5\n2026-01-02,\n2026-01-03,NaN\n2026-01-04,NA\n2026-01-05,null';

  const rows = await readSeries(parts(text), COLUMNS, ignore);

  expect(rows.map(({ y }) => y)).toEqual([1.5, null, null, null, null]);
});

test('a y that is no number is told with its row', async () => {
  const text = 'ds,y\n2026-01-01,1\n2026-01-02,"1,234"';

  await expect(readSeries(parts(text), COLUMNS, ignore)).rejects.toThrow(
    'row 3: y is not a number: "1,234"',
  );
});

test('columns have other names by request; others are left out and told', async () => {
  const told: string[] = [];
  const columns = { ds: 'day', y: 'sales', others: ['promo'] };
  const text = 'day,sales,promo,note\n2026-01-01,1,true,x';

  const rows = await readSeries(parts(text), columns, (names) => told.push(...names));

  expect(rows).toEqual([{ ds: '2026-01-01', y: 1, promo: true }]);
  expect(told).toEqual(['note']);
});

test('a column that is missing is told with those that are there', async () => {
  await expect(readSeries(parts('date,y\n1,2'), COLUMNS, ignore)).rejects.toThrow(
    'there is no column ds (there are: date, y); name it with --ds',
  );
});

test('a series of many comes when the next begins; one that comes back is torn', async () => {
  const text = 'model_id,ds,y\na,2026-01-01,1\na,2026-01-02,2\nb,2026-01-01,3\na,2026-01-03,4';
  const seen: unknown[] = [];

  for await (const { modelId, data, isTorn } of readManySeries(
    parts(text),
    { ...COLUMNS, id: 'unique_id' },
    ignore,
  ))
    seen.push([modelId, data.length, isTorn]);

  expect(seen).toEqual([
    ['a', 2, false],
    ['b', 1, false],
    ['a', 1, true],
  ]);
});

test('columns that the options name are part of a row', () => {
  const options = {
    regressors: [{ name: 'promo' }],
    seasonalities: [{ name: 's', period: 7, fourier_order: 3, condition_name: 'open' }],
  };

  expect(columnsOf(options)).toEqual(['cap', 'floor', 'promo', 'open']);
});
