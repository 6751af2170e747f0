/** Holds "The worst day" of docs/operations.md against the alerts, and its commands against a running API. */
import { expect, test } from 'vitest';
import { openApi } from '../../apps/api/test/harness.ts';
import { RULES } from '../prometheus/rules.ts';
import { read } from './files.ts';

const [, section = ''] = read('docs/operations.md').split(/^## The worst day$/m);
const [runbook = ''] = section.split(/^## /m);
const headings = [...runbook.matchAll(/^### (\w+)$/gm)].map(([, heading = '']) => heading);
const alerts = RULES.groups
  .flatMap(({ rules }) => rules)
  .flatMap((rule) => ('alert' in rule ? [rule] : []));

test('every alert has a heading, in the order of the rules, and no other has one', () => {
  expect(headings).toEqual([...new Set(alerts.map(({ alert }) => alert))]);
});

test('every alert leads to its heading', () => {
  for (const { alert, annotations } of alerts)
    expect(annotations.runbook_url).toBe(`docs/operations.md#${alert.toLowerCase()}`);
});

test('what is to be asked is answered', async () => {
  await using api = await openApi();
  const asked = runbook.matchAll(/^curl -s '?http:\/\/127\.0\.0\.1:8000([^\s']+)/gm);
  const paths = [...new Set([...asked].map(([, path]) => path))];

  const answers = paths.map(async (path) => [path, (await fetch(api.url + path)).status]);

  expect(paths.length).toBeGreaterThan(10);
  expect(await Promise.all(answers)).toEqual(paths.map((path) => [path, 200]));
});
