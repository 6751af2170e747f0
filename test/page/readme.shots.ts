/** `npm run screenshots`: the pictures of the README. */
import { mkdirSync, statSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { daily, openStage, type Stage } from './stage.ts';

const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url));
/** They are part of the README, which loads with them. */
const MAX_BYTES = 200_000;

test('the pictures of the README are taken', async () => {
  await using t = await openStage();
  await Promise.all([askForecasts(t), askThrice(t)]);
  mkdirSync(IMAGES, { recursive: true });
  const page = await t.open('series/shop-17', { viewport: { width: 1280, height: 690 } });
  await page.locator('.uplot canvas').nth(2).waitFor();
  await page.screenshot({ path: `${IMAGES}page-series.png` });

  await page.setViewportSize({ width: 1280, height: 600 });
  await page.goto(`${t.api.url}/ui/#/runs?model=sleep`);
  await page.locator('tr.go a').first().click();
  await page.getByRole('heading', { name: 'one computation for 3 jobs' }).waitFor();
  await page.screenshot({ path: `${IMAGES}page-run.png` });

  for (const name of ['page-series.png', 'page-run.png'])
    expect(statSync(IMAGES + name).size).toBeLessThan(MAX_BYTES);
  t.expectClean();
});

/** A series that grows twice: forecasts of before can be held against what then came. */
async function askForecasts({ ask }: Stage): Promise<void> {
  for (const days of [120, 127, 134])
    await ask('/forecast', { model_id: 'shop-17', data: daily(days), periods: 28 });
}

/** Three clients ask the same, one after the other. */
async function askThrice({ ask }: Stage): Promise<void> {
  const asks = [0, 400, 900].map(async (afterMs) => {
    await setTimeout(afterMs);
    await ask('/models/sleep/run', { ms: 4000 });
  });
  await Promise.all(asks);
}
