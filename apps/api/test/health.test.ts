import { readFileSync } from 'node:fs';
import { call } from '@deja/testing';
import { expect, test } from 'vitest';
import { openApi } from './harness.ts';

test('GET /healthz reports the version of the server and of the wire contract', async () => {
  await using api = await openApi();
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');

  const { status, body } = await call(`${api.url}/healthz`);

  expect(status).toBe(200);
  expect(body).toEqual({ status: 'ok', version: JSON.parse(manifest).version, wire: 1 });
});
