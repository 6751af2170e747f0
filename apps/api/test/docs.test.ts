import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PROBLEMS } from '../src/wire/problem.ts';
import { openApi } from './harness.ts';

const problemsPage = readFileSync(new URL('../../../docs/problems.md', import.meta.url), 'utf8');

test('docs/problems.md lists every problem with its status', () => {
  const rows = [...problemsPage.matchAll(/^\| `urn:deja:problem:([a-z-]+)` \| (\d+) \|/gm)];

  const documented = Object.fromEntries(rows.map(([, name, status]) => [name, Number(status)]));
  const real = Object.fromEntries(
    Object.entries(PROBLEMS).map(([name, [status]]) => [name, status]),
  );
  expect(documented).toEqual(real);
});

test('the page at /docs and everything it loads is served by the API itself', async () => {
  await using api = await openApi();
  const page = await (await fetch(`${api.url}/docs`)).text();
  const links = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => String(link));

  expect(links.length).toBeGreaterThan(2);
  for (const link of links)
    expect([link, (await fetch(api.url + link)).status]).toEqual([link, 200]);
});
