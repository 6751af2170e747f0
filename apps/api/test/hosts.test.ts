/** Who may ask: under which name, from which page, through what, and with which key. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '@deja/runtime';
import { call, exchange, post, requestText } from '@deja/testing';
import { describe, expect, test, vi } from 'vitest';
import { apiConfigSchema } from '../src/config.ts';
import { openApi } from './harness.ts';

const run = '/models/echo/run';

/** `fetch` writes its own Host. */
async function statusUnder(url: string, host: string, target = '/cache/stats'): Promise<number> {
  return (await exchange(url, requestText(`GET ${target}`, { Host: host }))).status;
}

describe('the host', () => {
  test('a foreign name is 421 on every route but the health checks, whatever is asked', async () => {
    await using api = await openApi();
    const evil = { Host: 'evil.example:8000', Origin: 'http://evil.example:8000' };
    const json = { 'Content-Type': 'application/json', 'Content-Length': 12 };
    const statusOf = async (line: string, more = {}, body = '') =>
      (await exchange(api.url, requestText(line, { ...evil, ...more }, body))).status;

    expect(await statusOf(`POST ${run}`, json, '{"text":"a"}')).toBe(421);
    expect(await statusOf('DELETE /cache')).toBe(421);
    for (const path of ['/', '/metrics', '/docs', '/openapi.json', '/jobs/x/events', '/nothing'])
      expect([path, await statusOf(`GET ${path}`)]).toEqual([path, 421]);
    expect(await statusOf('OPTIONS /predict')).toBe(421);
    for (const path of ['/healthz', '/readyz']) expect(await statusOf(`GET ${path}`)).not.toBe(421);
  });

  test('localhost and addresses pass, in any spelling', async () => {
    await using api = await openApi();

    for (const host of ['localhost', 'LOCALHOST:8000', 'localhost.', '127.0.0.1:1', '[::1]:8000'])
      expect([host, await statusUnder(api.url, host)]).toEqual([host, 200]);
    for (const host of ['localhost.evil.example', 'a@localhost', 'localhost:x', '2130706433', ''])
      expect([host, await statusUnder(api.url, host)]).toEqual([host, 421]);
  });

  test('a target with a name of its own is judged by that name', async () => {
    await using api = await openApi();

    expect(await statusUnder(api.url, 'localhost', 'http://evil.example/cache/stats')).toBe(421);
    expect(await statusUnder(api.url, 'evil.example', 'http://localhost/cache/stats')).toBe(200);
  });

  test('ALLOWED_HOSTS takes the place of the default; * serves every name', async () => {
    await using named = await openApi({ ALLOWED_HOSTS: 'deja.example, api' });
    await using all = await openApi({ ALLOWED_HOSTS: '*' });
    await using known = await openApi({ PUBLIC_URL: 'https://deja.example/' });

    expect(await statusUnder(named.url, 'deja.example:8000')).toBe(200);
    expect(await statusUnder(named.url, 'localhost')).toBe(421);
    expect(await statusUnder(all.url, 'evil.example')).toBe(200);
    expect(await statusUnder(known.url, 'deja.example')).toBe(200);
    expect(await statusUnder(known.url, 'localhost')).toBe(200);
  });
});

describe('the page', () => {
  test('what computes or changes is refused to another site, even without an Origin', async () => {
    await using api = await openApi();
    const crossSite = { 'Sec-Fetch-Site': 'cross-site' };

    const posted = await post(`${api.url}${run}`, { text: 'a' }, crossSite);
    const deleted = await call(`${api.url}/cache`, { method: 'DELETE', headers: crossSite });
    const read = await call(`${api.url}/cache/stats`, { headers: crossSite });
    const own = await post(`${api.url}${run}`, { text: 'a' }, { 'Sec-Fetch-Site': 'same-origin' });

    expect([posted.status, deleted.status, read.status, own.status]).toEqual([403, 403, 200, 202]);
    expect(posted.body.type).toBe('urn:deja:problem:foreign-origin');
  });

  test('an origin of our name with another scheme or port is foreign', async () => {
    await using api = await openApi();
    const statusFor = async (origin: string) =>
      (await post(`${api.url}${run}`, { text: 'a' }, { Origin: origin })).status;

    expect(await statusFor(api.url)).toBe(202);
    expect(await statusFor(api.url.replace('http:', 'https:'))).toBe(403);
    expect(await statusFor('http://127.0.0.1:1')).toBe(403);
    expect(await statusFor('null')).toBe(403);
  });

  test('pages of PUBLIC_URL are our own, in front of a proxy that speaks TLS', async () => {
    await using api = await openApi({ PUBLIC_URL: 'https://deja.example/', AUTH: 'off' });

    const own = await post(`${api.url}${run}`, { text: 'a' }, { Origin: 'https://deja.example' });
    const foreign = await post(
      `${api.url}${run}`,
      { text: 'a' },
      { Origin: 'http://deja.example' },
    );

    expect([own.status, foreign.status]).toEqual([202, 403]);
  });

  test('a preflight allows every header that the API reads', async () => {
    await using api = await openApi({ CORS_ORIGINS: 'https://app.example' });
    const headers = { Origin: 'https://app.example' };

    const preflight = await fetch(`${api.url}/predict`, { method: 'OPTIONS', headers });

    const allowed = String(preflight.headers.get('access-control-allow-headers'));
    const names = new Set(allowed.toLowerCase().split(', '));
    expect(
      [...headersRead()].filter((name) => !names.has(name) && !SET_BY_BROWSERS.has(name)),
    ).toEqual([]);
    for (const name of ['Idempotency-Key', 'Cancel-After', 'Last-Event-ID', 'traceparent'])
      expect(names).toContain(name.toLowerCase());
  });
});

/** Headers that no page can set, or that tell the server about the connection. */
const SET_BY_BROWSERS = new Set([
  ...['host', 'origin', 'sec-fetch-site', 'content-length', 'transfer-encoding'],
]);

/** The names of the request headers that the API's source mentions where it reads them. */
function headersRead(): Set<string> {
  const dir = fileURLToPath(new URL('../src', import.meta.url));
  const files = readdirSync(dir, { recursive: true, encoding: 'utf8' });
  const source = files
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(dir, name), 'utf8'))
    .join('\n');
  const read =
    /\breq\.get\('([\w-]+)'\)|(?<!res\.)\bheaders\['([\w-]+)'\]|(?:req\.|[(\s])headers\.([a-z]+)\b(?! =)/g;
  return new Set(
    [...source.matchAll(read)].map((found) => String(found[1] ?? found[2] ?? found[3])),
  );
}

describe('authentication', () => {
  test('AUTH=auto lets in this machine alone; where others reach the API it needs a key', () => {
    const load = (env: Record<string, string>) => loadConfig(apiConfigSchema, env);
    const isOn = { auth: 'required', needsFirstKey: true, allowedHosts: ['*'] };
    const isOff = { auth: 'auto', needsFirstKey: false, allowedHosts: ['localhost'] };

    for (const HOST of ['0.0.0.0', '::', '192.168.1.2', 'api.example'])
      expect(load({ HOST })).toMatchObject(isOn);
    for (const HOST of ['127.0.0.1', 'localhost', 'LOCALHOST', '::1', '127.1.2.3'])
      expect(load({ HOST })).toMatchObject(isOff);
    expect(load({ HOST: '0.0.0.0', AUTH: 'off' })).toMatchObject({ ...isOff, auth: 'off' });
    expect(load({ AUTH: 'required' })).toMatchObject({ ...isOn, needsFirstKey: false });
  });

  test('what has come through a proxy is 403 while the API is open by AUTH=auto', async () => {
    await using auto = await openApi();
    await using off = await openApi({ AUTH: 'off' });
    const headers = [
      ...['Forwarded', 'X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Proto'],
      ...['X-Forwarded-Anything', 'Via'],
    ];

    for (const name of headers) {
      const init = { headers: { [name]: 'for=1.2.3.4' } };
      const refused = await call(`${auto.url}/cache/stats`, init);
      expect(refused).toMatchObject({
        status: 403,
        body: { type: 'urn:deja:problem:auth-needed' },
      });
      expect((await call(`${off.url}/cache/stats`, init)).status).toBe(200);
      expect((await call(`${auto.url}/healthz`, init)).status).toBe(200);
    }
    expect((await call(`${auto.url}/cache/stats`)).status).toBe(200);
  });

  test('AUTH=required without any key answers 401 to all but the open routes', async () => {
    await using api = await openApi({ AUTH: 'required', ADMIN_PASSWORD: 'correct horse' });
    const headers = { Authorization: `Bearer deja_sk_${'x'.repeat(48)}` };
    const password = { Authorization: `Basic ${btoa('admin:correct horse')}` };

    const refused = await post(`${api.url}${run}`, { text: 'a' });

    expect(refused).toMatchObject({
      status: 401,
      body: { type: 'urn:deja:problem:unauthenticated' },
    });
    expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer /);
    for (const path of ['/metrics', '/docs', '/models', '/cache/stats', '/nothing', '/healthz/x'])
      expect([path, (await call(api.url + path, { headers })).status]).toEqual([path, 401]);
    expect((await call(`${api.url}/cache`, { method: 'DELETE' })).status).toBe(401);
    expect((await call(`${api.url}/admin/runs`, { headers: password })).status).toBe(401);
    for (const path of ['/healthz', '/readyz'])
      expect((await call(api.url + path)).status).toBe(200);
    const statusOf = async (path: string) =>
      (await fetch(api.url + path, { redirect: 'manual' })).status;
    expect(await statusOf('/')).toBe(302);
    expect([200, 404]).toContain(await statusOf('/ui/')); // 404: it is not built
    expect(await statusOf('/ui/x.js')).toBe(404);
  });
});

describe('pages of ours', () => {
  test('HTML runs no code but ours, and nobody frames it', async () => {
    await using api = await openApi();

    for (const path of ['/docs', '/docs/', '/docs/index.html', '/docs/nothing']) {
      const page = await fetch(api.url + path);
      const policy = String(page.headers.get('content-security-policy'));
      expect([path, policy]).toEqual([path, expect.stringContaining("frame-ancestors 'none'")]);
      expect(policy).toContain("script-src 'self';");
      expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  test('operators are the user admin with its password, and nobody else', async () => {
    await using api = await openApi({ ADMIN_PASSWORD: 'correct horse' });
    const url = `${api.url}/admin/overview`;
    const as = (user: string) => ({
      headers: { Authorization: `Basic ${Buffer.from(user).toString('base64')}` },
    });

    for (const user of ['admin:wrong', 'root:correct horse', ''])
      expect((await fetch(url, as(user))).status).toBe(401);
    expect((await fetch(url)).status).toBe(401);
    expect((await fetch(url, as('admin:correct horse'))).status).toBe(200);
  });

  test('wrong admin passwords are logged and limited for each address; after that not even the right one counts', async () => {
    await using api = await openApi({ ADMIN_PASSWORD: 'correct horse' });
    const as = (user: string) => ({
      headers: { Authorization: `Basic ${Buffer.from(user).toString('base64')}` },
    });
    const url = `${api.url}/admin/deliveries`;
    for (let i = 0; i < 30; i += 1) expect((await fetch(url)).status).toBe(401); // no failure
    expect((await fetch(url, as('admin:correct horse'))).status).toBe(200);

    const warn = vi.spyOn(api.context.log, 'warn');
    for (let i = 0; i < 20; i += 1) expect((await fetch(url, as(`admin:${i}`))).status).toBe(401);
    const refused = await call(url, as('admin:20'));

    expect(refused).toMatchObject({
      status: 429,
      body: { type: 'urn:deja:problem:too-many-failures' },
    });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(warn).toHaveBeenCalledTimes(20);
    expect(JSON.stringify(warn.mock.calls)).not.toContain('admin:');
    expect((await fetch(url, as('admin:correct horse'))).status).toBe(429);
    expect((await fetch(url)).status).toBe(401);
  });
});
