/** Where clients need a key, people log in at the page with an admin key. */
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { createAuthority } from '../../packages/webhooks/test/certificates.ts';
import { daily, type Stage, useStage } from './stage.ts';

const KEY = 'an admin key of this test, which nobody guesses';
const withKey = { Authorization: `Bearer ${KEY}`, Prefer: 'wait=60' };
const proxy = await startTlsProxy();
const SECURE = `https://deja.test:${proxy.port}`;

const stage = useStage({
  ...{ AUTH: 'required', ADMIN_KEY_SHA256: hash('sha256', KEY, 'hex'), PUBLIC_URL: SECURE },
});
beforeAll(async () => {
  const t = stage();
  proxy.leadTo(t.api.url);
  await t.ask('/predict', { text: 'a lovely day' }, withKey);
  await t.ask('/forecast', { model_id: 'shop-17', data: daily(60), periods: 7 }, withKey);
  return () => proxy[Symbol.asyncDispose]();
});

const field = (page: Page) => page.getByLabel('Admin key');
const login = (page: Page) => page.getByRole('heading', { level: 1, name: 'Log in' });
const alert = (page: Page) => page.getByRole('alert');

async function logIn(page: Page, key = KEY): Promise<void> {
  await field(page).fill(key);
  await page.keyboard.press('Enter');
}

const isLive = (page: Page) => page.locator('.live').getByText('Live').waitFor();

test('who has an admin key sees the view that was asked for, also after a reload, until logging out', async () => {
  const t = stage();
  const page = await t.open('runs?model=forecast');
  await login(page).waitFor();
  expect(await page.evaluate('document.activeElement.id')).toBe('f-key');
  expect(await page.getByRole('navigation').count()).toBe(0);

  await logIn(page, 'deja_ad_wrong');
  await alert(page).getByText('mistyped, expired, revoked').waitFor();
  expect(await field(page).getAttribute('aria-invalid')).toBe('true');
  await logIn(page);
  await page.getByRole('heading', { level: 1, name: '1 run match' }).waitFor();
  await page.getByRole('columnheader', { name: 'Tenant' }).waitFor();
  await isLive(page);
  const kept = 'JSON.stringify([location.href, localStorage, sessionStorage, document.cookie])';
  expect(await page.evaluate(kept)).not.toMatch(/an admin key|deja=/);

  await page.reload();
  await page.getByRole('heading', { level: 1, name: '1 run match' }).waitFor();
  await page.getByRole('link', { name: 'Series' }).click();
  await page.getByRole('link', { name: 'shop-17' }).click();
  await page.locator('.uplot canvas').first().waitFor();
  await page.getByRole('link', { name: 'Try it' }).click();
  await page.getByRole('button', { name: 'Use an example' }).click();
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await page.getByText('MISS', { exact: true }).waitFor();
  await page.getByRole('tabpanel').getByText('Bearer $DEJA_API_KEY').waitFor();

  await page.getByRole('button', { name: 'Log out' }).click();
  await login(page).waitFor();
  await page.reload();
  await login(page).waitFor();
  expect(await page.context().cookies()).toEqual([]);
  t.expectClean();
});

test('a session that ends while the page is open leads back to the login, which says so', async () => {
  const t = stage();
  const page = await t.open('now');
  await logIn(page);
  await isLive(page);
  const [{ name = '', value = '' } = {}] = await page.context().cookies();

  await fetch(`${t.api.url}/ui/session`, {
    method: 'DELETE',
    headers: { Cookie: `${name}=${value}`, 'Sec-Fetch-Site': 'same-origin' },
  });

  await page.getByText('Your session has ended.').waitFor();
  await logIn(page);
  await isLive(page);
  await page.getByRole('link', { name: 'API reference' }).click(); // which needs a key, too
  await page.getByText('/forecast/cross-validate').first().waitFor();
  t.expectClean();
});

test('axe finds nothing wrong in the login, in either theme, nor is it wider than 360 px', async () => {
  const t = stage();
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await t.open('now', { colorScheme, viewport: { width: 360, height: 780 } });
    const isWider = () => page.evaluate('document.documentElement.scrollWidth > innerWidth');
    await logIn(page, '');
    await alert(page).getByText('Enter an admin key.').waitFor();
    const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    expect(await isWider()).toBe(false);
    await logIn(page);
    await isLive(page);
    await page.getByRole('button', { name: 'Log out' }).waitFor();
    expect(await isWider()).toBe(false);
  }
  t.expectClean();
});

test('over https the cookie is for https alone, and over plain http the page says what it needs', async () => {
  const t = stage();
  const page = await t.open('now', { ignoreHTTPSErrors: true });
  await page.goto(`${t.api.url.replace('127.0.0.1', 'deja.test')}/ui/`);
  await alert(page).getByText('plain http').waitFor();
  expect(await field(page).count()).toBe(0);

  await page.goto(`${SECURE}/ui/`);
  await logIn(page);
  await isLive(page);

  const cookies = await page.context().cookies();
  expect(cookies).toMatchObject([{ name: '__Host-deja', secure: true, httpOnly: true }]);
  await page.getByRole('button', { name: 'Log out' }).click();
  await login(page).waitFor();
  expect(await page.context().cookies()).toEqual([]);
  expectNothingElse(t);
});

/** Those two addresses are of the stage, too. */
function expectNothingElse({ faults }: Stage): void {
  const others = faults.filter((fault) => !/^https?:\/\/deja\.test:/.test(fault));
  expect(others).toEqual([]);
}

/** As a proxy in front of the API: it speaks https to browsers, and plain http to the API. */
async function startTlsProxy() {
  const authority = await createAuthority();
  let upstream = '';
  const server = createServer(await authority.certify('deja.test'), (req, res) => {
    const { method, headers } = req;
    const passed = request(`${upstream}${req.url}`, { method, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    res.once('close', () => passed.destroy());
    passed.once('error', () => res.destroy());
    req.pipe(passed);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    leadTo: (url: string) => {
      upstream = url;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
