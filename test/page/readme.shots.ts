/** `npm run screenshots`: the pictures of the README. */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'vitest';
import { fill, openStage } from './stage.ts';

const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url));

test('the pictures of the README are taken', async () => {
  await using t = await openStage();
  await fill(t);
  const asks = [0, 400, 900].map(
    (afterMs) =>
      new Promise<void>((resolve) => {
        setTimeout(() => {
          void t.ask('/models/sleep/run', { ms: 4000 }, {}).then(() => resolve());
        }, afterMs);
      }),
  );
  await Promise.all(asks);
  mkdirSync(IMAGES, { recursive: true });
  const page = await t.open('series/shop-17');
  await page.locator('.uplot canvas').first().waitFor();
  await page.screenshot({ path: `${IMAGES}page-series.png` });
  await page.goto(`${t.api.url}/ui/#/runs?model=sleep`);
  await page.locator('tr.go a').first().click();
  await page.getByRole('heading', { name: 'one computation for 3 jobs' }).waitFor();
  await page.screenshot({ path: `${IMAGES}page-run.png` });
  t.expectClean();
});
