/** What people do with the page, from the first start on. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { newSecret, startReceiver, webhookEnv } from '../receiver.ts';
import { daily, fill, openStage, useStage } from './stage.ts';

const heading = (page: Page, name: string | RegExp) =>
  page.getByRole('heading', { level: 1, name }).waitFor();
const csv = (days: number) =>
  ['ds,y', ...daily(days).map(({ ds, y }) => `${ds},${y.toFixed(2)}`)].join('\n');

describe('from the first start on', () => {
  const stage = useStage();

  test('at the first start the page says how to ask, and then shows what was asked', async () => {
    const t = stage();
    const page = await t.open('');

    await heading(page, 'Nothing has been asked yet.');
    await page.setViewportSize({ width: 360, height: 780 });
    expect(await page.evaluate('document.documentElement.scrollWidth > innerWidth')).toBe(false);
    expect(await page.locator('pre').first().textContent()).toContain(
      `curl -s ${t.api.url}/predict`,
    );
    await t.ask('/predict', { text: 'What a lovely day' });
    await heading(page, /All quiet|Nothing waits/);
    t.expectClean();
  });

  test('a pasted CSV is forecast and plotted, and is a HIT the second time', async () => {
    const t = stage();
    const page = await t.open('try');
    await page.getByLabel('Series: a CSV').fill(csv(120));
    await page.getByText('120 points of y by ds.').waitFor();

    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.getByText('MISS', { exact: true }).waitFor();
    await page.locator('.uplot canvas').waitFor();
    await page.getByText('Figures as a table').click();
    await expect.poll(() => page.locator('.twin tbody tr').count()).toBe(120 + 28);
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.getByText('HIT', { exact: true }).waitFor();

    const code = page.getByRole('tabpanel');
    for (const [name, word] of [
      ['Python', 'urllib'],
      ['TypeScript', 'await fetch'],
      ['curl', 'curl -s'],
    ] as const) {
      await page.getByRole('tab', { name }).click();
      await code.getByText(word).waitFor();
    }
    t.expectClean();
  });

  test('a run under way shows both jobs that share it, also after a reload, and is canceled', async () => {
    const t = stage();
    const asks = [0, 1].map(() => t.ask('/models/sleep/run', { ms: 60_000 }, {}));
    await Promise.all(asks);
    const page = await t.open('runs?state=open');

    await page.locator('tr.go a').first().click();
    await heading(page, 'sleep v1: computes once for 2 jobs');
    await page.reload();
    await heading(page, 'sleep v1: computes once for 2 jobs');
    await page.getByText('2 jobs share this run').waitFor();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel 2 jobs' }).click();
    await page.getByText('The run is canceled, with 2 jobs.').waitFor();
    await page.locator('.lead').getByText('canceled').waitFor();
    t.expectClean();
  });

  test('a series that is forgotten is a miss, and the page says why', async () => {
    const t = stage();
    const body = { model_id: 'shop 1/milk', data: daily(120), periods: 28 };
    await t.ask('/forecast', body);
    const page = await t.open('series');

    await page.getByRole('link', { name: 'shop 1/milk' }).click();
    await page.locator('.uplot canvas').first().waitFor();
    await page.getByRole('button', { name: 'Forget' }).click();
    await page.getByRole('button', { name: 'Forget this series' }).click();
    await page.getByText('shop 1/milk is forgotten').waitFor();
    await t.ask('/forecast', body);
    await page.getByRole('link', { name: 'Cache' }).click();
    await page.getByText('Somebody had it forgotten').waitFor({ timeout: 90_000 });
    t.expectClean();
  });

  test('of 10,000 runs the page draws those in sight', async () => {
    const t = stage();
    const page = await t.open('cache');
    await page.route(/\/admin\/runs\?/, async (route) => {
      const from = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 0);
      const runs = Array.from({ length: 200 }, (_, at) => runNumber(from + at));
      const next = from + 200 < 10_000 ? { next_cursor: String(from + 200) } : {};
      await route.fulfill({ json: { runs, ...next } });
    });
    await page.getByRole('link', { name: 'Runs' }).click();
    const list = page.locator('.long');
    await list.waitFor();

    const scrollToEnd = () => page.evaluate("document.querySelector('.long').scrollTo(0, 1e9)");
    const title = async () => {
      await scrollToEnd();
      expect(await list.locator('tbody tr').count()).toBeLessThan(80);
      return await page.getByRole('heading', { level: 1 }).textContent();
    };
    await expect.poll(title, { timeout: 60_000, interval: 20 }).toBe('10,000 runs are kept.');
    await scrollToEnd();
    await list.getByText('series-9999').waitFor();
    t.expectClean();
  });
});

describe('with a password', () => {
  const stage = useStage({ ADMIN_PASSWORD: 'correct horse' });

  test('with an ADMIN_PASSWORD the page works for who knows it, and tells others what is asked', async () => {
    const t = stage();
    await fill(t);

    const stranger = await t.open('now', {
      httpCredentials: { username: 'admin', password: 'wrong' },
    });
    const banner = stranger.locator('.banner');
    await banner.getByText('The API refuses its figures.').waitFor();
    await banner.getByText('ask for the user admin and ADMIN_PASSWORD').waitFor();
    expect(await banner.getByText('Next try').count()).toBe(0); // it would ask again and again
    const httpCredentials = { username: 'admin', password: 'correct horse' };
    const page = await t.open('now', { httpCredentials });
    await heading(page, /All quiet|Nothing waits/);
    await page.locator('.live').getByText('Live').waitFor();
    await page.getByRole('link', { name: 'Runs', exact: true }).click();
    await page.locator('tr.go a').first().click();
    await page.getByText('What happened when').waitFor();
    t.expectClean();
  });

  test('while somebody looks for the password the page waits', async () => {
    const t = stage();
    const page = await t.open('try'); // the browser asks for the password, and nobody answers
    let asked = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('/admin/overview')) asked += 1;
    });

    await page.clock.install();
    await page.reload();
    await expect.poll(() => asked).toBe(1);
    await page.clock.runFor(60_000);
    expect(await page.locator('.banner').count()).toBe(0);
    expect(asked).toBe(1);
  });
});

test('a dead webhook is sent again', async () => {
  const secret = newSecret();
  let status = 500;
  await using receiver = await startReceiver(secret, (res) => res.writeHead(status).end());
  await using t = await openStage({ ...webhookEnv(secret), WEBHOOK_SCHEDULE_S: '0' });
  await t.ask('/predict', { text: 'a lovely day', webhook: { url: receiver.url } });
  const page = await t.open('webhooks');

  await heading(page, '1 webhook is dead.');
  status = 204;
  await page.getByRole('button', { name: 'Send again' }).click();
  await page.getByText(/The webhook to 127\.0\.0\.1:\d+ is sent again\./).waitFor();
  await heading(page, 'No webhook is dead or on its way.');
  expect(receiver.calls).toHaveLength(2);
  t.expectClean();
});

test('when the API goes the page says so, and heals when it is back', async () => {
  await using t = await openStage();
  await fill(t);
  const page = await t.open('now');
  await heading(page, /All quiet|Nothing waits/);

  await t.killApi();
  await page.locator('.banner').getByText('The API is away.').waitFor();
  await page.getByRole('button', { name: 'Try now' }).click();
  await page.locator('.banner').getByText('The API is away.').waitFor();
  await t.restartApi();
  await page.locator('.banner').waitFor({ state: 'detached', timeout: 60_000 });
  await page.locator('.live').getByText('Live').waitFor();
});

const runNumber = (at: number) => ({
  ...{ run: `run-${at}`, model_id: `series-${at}`, state: 'succeeded', lane: 'long' },
  ...{ model: { name: 'forecast', version: 4 }, tenant: 'default', cache_key: 'a'.repeat(64) },
  ...{ tags: [], job_count: 1, created_at: '2026-11-26T14:31:00.000Z', waited_s: 0.1 },
  ...{ computed_s: 1, tries: 1, max_tries: 3, stored: true },
});
