/** Everybody can use the page: with the keyboard, a screen reader, in the dark, on a telephone. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { fill, useStage, VIEWS } from './stage.ts';

const stage = useStage();
beforeAll(() => fill(stage()));

/** Addresses, what is there once they have loaded, and what somebody did before. */
type Loaded = readonly [address: string, text: string, act?: (page: Page) => Promise<void>];
const LOADED: readonly Loaded[] = [
  ['now', 'Models, today'],
  ['runs', 'shop-17'],
  ['series', 'store-118.milk'],
  ['cache', 'What another size would change'],
  ['webhooks', 'No webhook is dead.'],
  ['try', 'Use an example'],
  ['try?what=text', 'Explain, compute nothing'],
  ['series/shop-17', 'What it is made of'],
  ['try', 'Figures as a table', (page) => askExample(page)],
  ['series/store-118.milk', 'Forget this series', (page) => press(page, 'Forget')],
  ['none', 'There is no view none.'],
];

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

async function askExample(page: Page): Promise<void> {
  await press(page, 'Use an example');
  await press(page, 'Ask');
}

test('axe finds nothing wrong in any view, in either theme', async () => {
  const t = stage();
  const [run] = ((await (await fetch(`${t.api.url}/admin/runs?limit=1`)).json()) as Runs).runs;
  const all: readonly Loaded[] = [
    ...LOADED,
    [`runs/${run?.run}`, 'What happened when'],
    [`cache?key=${run?.cache_key}`, 'Took'],
  ];

  const look = async (colorScheme: 'light' | 'dark') => {
    const page = await t.open('now', { colorScheme });
    for (const [address, text, act] of all) {
      await page.goto(`${t.api.url}/ui/#/${address}`);
      await act?.(page);
      await page.getByText(text).first().waitFor();
      // Its usual mode opens another tab for each look, for the sake of frames, which we have none of.
      const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
      const found = violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
      expect.soft([colorScheme, address, found]).toEqual([colorScheme, address, []]);
    }
  };
  await Promise.all([look('light'), look('dark')]);
  t.expectClean();
});

interface Runs {
  readonly runs: readonly { readonly run: string; readonly cache_key: string }[];
}

test('a chosen theme holds, also after a reload', async () => {
  const t = stage();
  const page = await t.open('now', { colorScheme: 'light' });
  const paper = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
  await page.getByRole('heading', { level: 1 }).waitFor();
  const light = await paper();

  await page.getByRole('button', { name: 'Theme: auto' }).click();
  await page.getByRole('button', { name: 'Theme: light' }).click();
  await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
  const dark = await paper();
  await page.reload();
  await page.getByRole('button', { name: 'Theme: dark' }).waitFor();

  expect(dark).not.toEqual(light);
  expect(await paper()).toEqual(dark);
});

test('the keyboard alone reaches the views, a question, and the figures of a plot', async () => {
  const t = stage();
  const page = await t.open('now');
  await page.getByRole('heading', { level: 1 }).waitFor();
  const key = (name: string) => page.keyboard.press(name);

  await key('Tab');
  await key('Enter'); // Skip to content
  expect(await page.evaluate('document.activeElement.id')).toBe('main');
  const views = page.getByRole('navigation', { name: 'Views' });
  await views.getByRole('link', { name: 'Try it' }).focus();
  await key('Enter');
  await page.getByRole('button', { name: 'Use an example' }).focus();
  await key('Enter');
  await page.getByLabel('Steps ahead').focus();
  await key('Enter'); // asks
  const plot = page.locator('.plot');
  await plot.waitFor();
  await plot.focus();
  await key('Home');
  await page.locator('.read .at').getByText('2026-01-05').waitFor();
  await key('ArrowRight');
  await page.locator('.read .at').getByText('2026-01-06').waitFor();
  t.expectClean();
});

test('no view is wider than a telephone of 360 px', async () => {
  const t = stage();
  const page = await t.open('now', { viewport: { width: 360, height: 780 } });

  for (const address of [...VIEWS, 'series/shop-17']) {
    await page.goto(`${t.api.url}/ui/#/${address}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    const isWider = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
    expect.soft([address, isWider]).toEqual([address, false]);
  }
});
