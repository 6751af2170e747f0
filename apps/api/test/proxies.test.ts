/** What proxies say of their clients (TRUST_PROXY). */
import { loadConfig } from '@deja/runtime';
import { call, post } from '@deja/testing';
import { expect, test, vi } from 'vitest';
import { apiConfigSchema } from '../src/config.ts';
import { openApi } from './harness.ts';
import { bearer, memoryKeys } from './memory-keys.ts';

const CLIENT = '203.0.113.7';

/** The addresses by which 21 wrong keys of as many forged addresses were counted, and the last status. */
async function addressesCounted(trusted: string) {
  const env = { AUTH: 'required', ...(trusted && { TRUST_PROXY: trusted }) };
  await using api = await openApi(env, [], undefined, memoryKeys());
  const warn = vi.spyOn(api.context.log, 'warn');
  let status = 0;
  for (let i = 0; i < 21; i += 1) {
    // What the client has sent, and what the proxy has added.
    const headers = { 'X-Forwarded-For': `198.51.100.${i}, ${CLIENT}`, ...bearer(`key-${i}`) };
    status = (await call(`${api.url}/cache/stats`, { headers })).status;
  }
  const told = warn.mock.calls.map(([line]) => (line as unknown as { address: string }).address);
  return { addresses: new Set(told), status };
}

test.each([
  ['', '127.0.0.1'],
  ['10.0.0.0/8', '127.0.0.1'],
  ['127.0.0.1', CLIENT],
  ['1', CLIENT],
  ['loopback, 10.0.0.0/8', CLIENT],
])(
  'TRUST_PROXY=%s: wrong keys count for %s, whatever the client says',
  async (trusted, address) => {
    expect(await addressesCounted(trusted)).toEqual({ addresses: new Set([address]), status: 429 });
  },
);

test('what is no address is not believed', async () => {
  const env = { AUTH: 'required', TRUST_PROXY: '1' };
  await using api = await openApi(env, [], undefined, memoryKeys());
  const warn = vi.spyOn(api.context.log, 'warn');

  await call(`${api.url}/cache/stats`, {
    headers: { 'X-Forwarded-For': 'x'.repeat(1000), ...bearer('key-x') },
  });

  expect(warn.mock.calls[0]?.[0]).toMatchObject({ address: '127.0.0.1' });
});

test('the origin of a trusted proxy is our own; without TRUST_PROXY nobody claims it', async () => {
  const statusWith = async (trusted: string) => {
    await using api = await openApi({ AUTH: 'off', TRUST_PROXY: trusted });
    const told = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'deja.example' };
    const headers = { ...told, Origin: 'https://deja.example' };
    return (await post(`${api.url}/models/echo/run`, { text: 'a' }, headers)).status;
  };

  expect([await statusWith('127.0.0.1'), await statusWith('')]).toEqual([202, 403]);
});

test('a client of a trusted proxy is no operator of this machine', async () => {
  await using api = await openApi({ AUTH: 'off', TRUST_PROXY: 'loopback' });
  const statusOf = async (headers: Record<string, string>) =>
    (await call(`${api.url}/admin/workers`, { headers })).status;

  expect(await statusOf({})).toBe(200);
  expect(await statusOf({ 'X-Forwarded-For': CLIENT })).toBe(404);
  expect(await statusOf({ 'X-Forwarded-For': `127.0.0.1, ${CLIENT}` })).toBe(404);
});

test('a TRUST_PROXY that is none ends the start', () => {
  const load = (TRUST_PROXY: string) =>
    loadConfig(apiConfigSchema, { REDIS_URL: 'redis://localhost', TRUST_PROXY });

  expect(() => load('everybody')).toThrow(/invalid IP address: everybody[\s\S]*TRUST_PROXY/);
  expect(load('2').trustedProxies).toBe(2);
  expect(load('').trustedProxies).toBe(0);
});
