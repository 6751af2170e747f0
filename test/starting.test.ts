/** What `npm start` says, and what it makes at the first start. */
import { call } from '@deja/testing';
import { expect, test } from 'vitest';
import { run, startEnv } from './commands.ts';

const KEY = /deja_ad_[0-9A-Za-z]{48}/g;

test('the first start with AUTH=required makes an admin key and shows it, the second one does not', async () => {
  const { env, url } = await startEnv();
  const required = { ...env, AUTH: 'required' };
  const first = run('npm', ['start'], required);
  await first.until('Ctrl-C stops everything');

  const shown = [...new Set(first.text().match(KEY))];

  expect(shown).toHaveLength(1);
  const headers = { Authorization: `Bearer ${shown[0]}` };
  const { body } = await call(`${url}/admin/keys`, { headers });
  expect(body.keys).toMatchObject([{ name: 'first', tenant: 'admin', scopes: ['admin'] }]);
  expect((await call(`${url}/models`)).status).toBe(401);
  expect(first.text()).toContain('npm run keys -- create');
  first.signalGroup('SIGINT');
  await first.ended;
  const second = run('npm', ['start'], required);
  await second.until('Ctrl-C stops everything');
  expect(second.text()).not.toMatch(KEY);
  expect(second.text()).toContain('npm run keys -- list');
  expect((await call(`${url}/admin/keys`, { headers })).body.keys).toHaveLength(1);
  second.signalGroup('SIGINT');
  await second.ended;
});
