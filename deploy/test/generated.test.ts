/** Holds the rules and the board against the API's metrics, and the files made of them against both. */
import { expect, test } from 'vitest';
import { openApi } from '../../apps/api/test/harness.ts';
import { ofJob } from '../grafana/board.ts';
import { DEMAND_ROWS } from '../grafana/demand-rows.ts';
import { SUPPLY_ROWS } from '../grafana/supply-rows.ts';
import { RULES } from '../prometheus/rules.ts';
import { FILES } from '../write-files.ts';
import { read } from './files.ts';

const panels = [...DEMAND_ROWS, ...SUPPLY_ROWS].flatMap((row) => row.panels);
const rules = RULES.groups.flatMap((group) => group.rules);
const expressions = [
  ...rules.map(({ expr }) => expr),
  ...panels.flatMap(({ queries }) => Object.keys(queries)),
];

test.each(Object.entries(FILES))('%s is current', (path, text) => {
  expect(read(`deploy/${path}`), 'npm run deploy:files').toBe(text);
});

test('every metric of the rules and the board is one that the API tells', async () => {
  await using api = await openApi();
  const text = await (await fetch(`${api.url}/metrics`)).text();
  const told = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? ['_bucket', '_sum', '_count'].map((part) => name + part) : [name],
  );

  const asked = expressions.flatMap((expr) => expr.match(/\b(deja|nodejs|process)_\w+/g) ?? []);

  expect(asked.length).toBeGreaterThan(50);
  expect(asked.filter((name) => !told.includes(name))).toEqual([]);
});

test('every series of ours that is asked for is recorded', () => {
  const recorded = rules.flatMap((rule) => ('record' in rule ? [rule.record] : []));

  const asked = expressions.flatMap((expr) => expr.match(/\bdeja:[\w:]+/g) ?? []);

  expect(asked.filter((name) => !recorded.includes(name))).toEqual([]);
});

test('every panel says what it shows, in a unit', () => {
  for (const { title, description, unit } of panels)
    expect({ title, description, unit }).toEqual({
      title: expect.stringMatching(/^\w.+/),
      description: expect.stringMatching(/^[A-Z\d].+[^.]$/),
      unit: expect.stringMatching(/^\w+$/),
    });
});

test('queries ask for the chosen installation alone', () => {
  expect(ofJob('sum(rate(deja_x_total{a="b"}[5m])) / deja:y:max')).toBe(
    'sum(rate(deja_x_total{job=~"$job",a="b"}[5m])) / deja:y:max{job=~"$job"}',
  );
});
