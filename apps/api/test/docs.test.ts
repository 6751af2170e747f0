import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ROUTES } from '../src/routes.ts';
import { PROBLEMS } from '../src/wire/problem.ts';
import { openApi } from './harness.ts';

const read = (page: string) =>
  readFileSync(new URL(`../../../docs/${page}`, import.meta.url), 'utf8');
const problemsPage = read('problems.md');

test('docs/problems.md lists every problem with its status', () => {
  const rows = [...problemsPage.matchAll(/^\| `urn:deja:problem:([a-z-]+)` \| (\d+) \|/gm)];

  const documented = Object.fromEntries(rows.map(([, name, status]) => [name, Number(status)]));
  const real = Object.fromEntries(
    Object.entries(PROBLEMS).map(([name, [status]]) => [name, status]),
  );
  expect(documented).toEqual(real);
});

test('docs/api.md names the scope of every route', () => {
  const [section = ''] = read('api.md').split('\n## Keys\n')[1]?.split('\n## ') ?? [];
  const rows = [...section.matchAll(/^\| (none|`[a-z]+`) \| (.*) \|$/gm)];

  const documented = rows.flatMap(([, scope = '', routes = '']) =>
    [...routes.matchAll(/`([A-Z]+ [^`]+)`/g)].map(([, route]) => [route, scope]),
  );
  const real = Object.entries(ROUTES).map(([route, access]) => [
    route.replaceAll(/:(\w+)/g, '{$1}').replace('{/*file}', '/*'),
    access === 'open' ? 'none' : `\`${access}\``,
  ]);
  expect(documented.sort()).toEqual(real.sort());
});

test('the page at /docs and everything it loads is served by the API itself', async () => {
  await using api = await openApi();
  const page = await (await fetch(`${api.url}/docs`)).text();
  const links = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => String(link));

  expect(links.length).toBeGreaterThan(2);
  for (const link of links)
    expect([link, (await fetch(api.url + link)).status]).toEqual([link, 200]);
});
