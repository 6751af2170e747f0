import { InvalidConfigError, loadConfig } from '@deja/runtime';
import { call } from '@deja/testing';
import { expect, test } from 'vitest';
import { apiConfigSchema } from '../src/config.ts';
import { openApi } from './harness.ts';

test('the page of the queues is off by default', async () => {
  await using api = await openApi();

  expect((await call(`${api.url}/admin/queues`)).status).toBe(404);
});

test('it shows the lanes, to who knows the password', async () => {
  await using api = await openApi({ BULL_BOARD: 'true', ADMIN_PASSWORD: 'correct horse' });
  const url = `${api.url}/admin/queues/api/queues`;
  const as = (user: string) => ({
    headers: { Authorization: `Basic ${Buffer.from(user).toString('base64')}` },
  });

  const queues = await call(url, as('admin:correct horse'));

  expect(queues.status).toBe(200);
  expect(queues.body.queues.map(({ name }: { name: string }) => name).sort()).toEqual([
    'runs-bulk',
    'runs-long',
    'runs-refresh',
    'runs-short',
  ]);
  for (const user of ['admin:wrong', 'root:correct horse', ''])
    expect((await fetch(url, as(user))).status).toBe(401);
  expect((await fetch(url)).status).toBe(401);
});

test('it is refused on a host that others reach without a password', () => {
  const load = (env: Record<string, string>) => loadConfig(apiConfigSchema, env);

  expect(() => load({ BULL_BOARD: 'true', HOST: '0.0.0.0', AUTH: 'off' })).toThrow(
    InvalidConfigError,
  );
  expect(load({ BULL_BOARD: 'true' }).bullBoard).toBe(true);
  const ADMIN_PASSWORD = 'x'.repeat(8);
  expect(load({ BULL_BOARD: 'true', HOST: '0.0.0.0', AUTH: 'off', ADMIN_PASSWORD })).toBeDefined();
});
