/** Sessions of the page: two replicas that share real keys, and a browser's headers. */
import { newKeySchema } from '@deja/keys';
import { call, openSocket, post, readAnswer, requestText } from '@deja/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromAnywhere, openApi } from './harness.ts';
import { bearer } from './memory-keys.ts';

const PAGE = { 'Sec-Fetch-Site': 'same-origin' };
const PREFIX = `t${crypto.randomUUID().slice(0, 8)}`;
const SECURE = 'https://deja.example';

const open = () =>
  openApi({ AUTH: 'required', REDIS_PREFIX: PREFIX, PUBLIC_URL: SECURE }, undefined, fromAnywhere);
let api: Awaited<ReturnType<typeof open>>;
let replica: Awaited<ReturnType<typeof open>>;
beforeAll(async () => {
  [api, replica] = await Promise.all([open(), open()]);
});
afterAll(async () => {
  await Promise.all([api, replica].map((each) => each[Symbol.asyncDispose]()));
});

const newKey = (scopes: readonly string[] = ['admin']) => {
  const tenant = scopes.includes('admin') ? {} : { tenant: 'acme' };
  return api.context.keyStore.create(newKeySchema.parse({ ...tenant, name: 'ci', scopes }));
};
const logIn = (key: string, headers: Record<string, string> = {}) =>
  post(`${api.url}/ui/session`, { key }, { ...PAGE, ...headers });
const cookieIn = (headers: Headers) => headers.get('set-cookie') ?? '';
const tokenIn = (headers: Headers) => /=([\w-]{43});/.exec(cookieIn(headers))?.[1] ?? '';
const cookie = (token: string, name = 'deja') => ({
  ...PAGE,
  Cookie: `a=b; ${name}=${token}; c=d`,
});
const statusOf = async (headers: Record<string, string>, url = api.url, path = '/admin/runs') =>
  (await call(url + path, { headers })).status;
const typeOf = ({ body }: { body: { type?: string } }) => body.type?.split(':').at(-1);

async function session() {
  const { key, record } = await newKey();
  const { headers } = await logIn(key);
  return { key, id: record.id, token: tokenIn(headers) };
}

test('who logs in has the rights of the key, at every replica', async () => {
  const { token } = await session();

  expect(token).toHaveLength(43);
  for (const { url } of [api, replica]) {
    expect(await statusOf(cookie(token), url)).toBe(200);
    expect(await statusOf(cookie(token), url, '/models')).toBe(200);
  }
  const asked = await post(`${api.url}/models/echo/run`, { text: 'a' }, cookie(token));
  expect(asked.status).toBe(202);
});

test('a login is in the audit, and a wrong key as one that was refused', async () => {
  const from = (address: string) => ({ 'X-Test-Address': address });
  const { key, record } = await newKey();
  await logIn(key, { 'X-Request-Id': 'login', ...from('10.7.7.7') });
  await logIn(`${key}x`, from('10.7.7.8'));

  const { body } = await call(`${api.url}/admin/audit?limit=2`, { headers: bearer(key) });

  const { id: actor } = record;
  const opened = { actor, tenant: 'admin', action: 'session.created', target: actor };
  const byAction = body.entries.sort((a: typeof opened, b: typeof opened) =>
    a.action < b.action ? -1 : 1,
  ); // entries of one millisecond have no order
  expect(byAction).toMatchObject([
    { actor: '-', action: 'key.refused', target: '10.7.7.8' },
    { ...opened, request_id: 'login' },
  ]);
});

describe('the cookie', () => {
  test('is for no script and no other site, for 12 hours, and over https for https alone', async () => {
    const { key } = await newKey();
    const secure = cookieIn((await logIn(key, { Origin: SECURE })).headers);
    const local = cookieIn((await logIn(key, { Origin: api.url })).headers);

    for (const text of [secure, local])
      for (const part of ['Path=/', 'HttpOnly', 'SameSite=Strict', 'Max-Age=43200'])
        expect(text.split('; ')).toContain(part);
    expect(secure).toMatch(/^__Host-deja=[\w-]{43}; .*Secure/);
    expect(local).toMatch(/^deja=[\w-]{43}; /);
    expect(local).not.toContain('Secure');
    expect(secure).not.toContain('Domain');
  });

  test('counts only in what the page itself asks', async () => {
    const { token } = await session();
    const { 'Sec-Fetch-Site': _, ...unmarked } = cookie(token);

    expect(await statusOf(unmarked)).toBe(401);
    for (const site of ['same-site', 'cross-site', 'none', 'Same-Origin'])
      expect([site, await statusOf({ ...unmarked, 'Sec-Fetch-Site': site })]).toEqual([site, 401]);
    expect(await statusOf(cookie(token))).toBe(200);
  });

  test('without the prefix counts under a name of this machine alone', async () => {
    const { token } = await session();
    const named = (Host: string, name: string) => statusOver({ Host, ...cookie(token, name) });

    expect(await named('127.0.0.1:8000', 'deja')).toBe(200);
    expect(await named('deja.localhost', 'deja')).toBe(200);
    expect(await named('deja.example', 'deja')).toBe(401);
    expect(await named('deja.example', '__Host-deja')).toBe(200);
    expect(await named('127.0.0.1:8000', 'xdeja')).toBe(401);
  });

  test('does not help who sends a key, or something else, in the header', async () => {
    const { token } = await session();
    const { key: other } = await newKey(['read']);

    expect(await statusOf({ ...cookie(token), ...bearer(other) })).toBe(403);
    expect(await statusOf({ ...cookie(token), ...bearer('x') })).toBe(401);
    expect(await statusOf({ ...cookie(token), Authorization: 'Basic x' })).toBe(401);
  });

  test('of a session that is none is 401, and no failure of its address', async () => {
    const headers = { ...cookie('a'.repeat(43)), 'X-Test-Address': '10.1.0.1' };
    for (let i = 0; i < 21; i += 1) expect(await statusOf(headers)).toBe(401);

    expect((await logIn('x', { 'X-Test-Address': '10.1.0.1' })).status).toBe(401);
  });
});

describe('logging in', () => {
  test('is for the page alone', async () => {
    const { key } = await newKey();
    const ask = (headers: Record<string, string>) =>
      post(`${api.url}/ui/session`, { key }, headers);

    for (const headers of [{}, ...['same-site', 'none'].map((at) => ({ 'Sec-Fetch-Site': at }))]) {
      const refused = await ask(headers);
      expect([refused.status, typeOf(refused)]).toEqual([403, 'foreign-origin']);
      expect(refused.headers.has('set-cookie')).toBe(false);
    }
    expect((await ask({ 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403);
    expect((await ask({ ...PAGE, Origin: 'https://evil.example' })).status).toBe(403);
  });

  test('needs a key with the scope admin', async () => {
    const { key } = await newKey(['read', 'observe']);

    const refused = await logIn(key);

    expect([refused.status, typeOf(refused)]).toEqual([403, 'insufficient-scope']);
    expect(refused.headers.has('set-cookie')).toBe(false);
  });

  test('with a wrong key counts as a wrong key in a header does', async () => {
    const at = { 'X-Test-Address': '10.1.0.2' };
    const { key } = await newKey();
    for (let i = 0; i < 10; i += 1) {
      expect(await statusOf({ ...at, ...bearer('x') })).toBe(401);
      expect((await logIn('x', at)).status).toBe(401);
    }

    const limited = await logIn('x', at);

    expect([limited.status, typeOf(limited)]).toEqual([429, 'too-many-failures']);
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await statusOf({ ...at, ...bearer('x') })).toBe(429);
    expect((await logIn(key, at)).status).toBe(204);
    const metrics = await fetch(`${api.url}/metrics`, { headers: bearer(key) });
    const [, count] =
      /refused_keys_total\{why="malformed"\} (\d+)/.exec(await metrics.text()) ?? [];
    expect(Number(count)).toBeGreaterThanOrEqual(22);
  });

  test('takes a small body of one form', async () => {
    const large = await logIn('a'.repeat(2000));

    expect([large.status, typeOf(large)]).toEqual([413, 'body-too-large']);
    expect(large.body.detail).toBe('this route allows at most 1024 bytes');
    for (const body of [{}, { key: '' }, { key: 1 }, { key: 'a', more: 1 }])
      expect(typeOf(await post(`${api.url}/ui/session`, body, PAGE))).toBe('input-refused');
  });

  test('with a key that was replaced says so', async () => {
    const { key, record } = await newKey();
    await api.context.keyStore.rotate(record.id);

    const refused = await logIn(key);

    expect(refused.status).toBe(401);
    expect(refused.body.detail).toContain('replaced');
    expect(await statusOf(bearer(key))).toBe(200);
  });

  test('while keys are off there is nothing to log in to', async () => {
    await using off = await openApi();

    for (const method of ['POST', 'DELETE'])
      expect((await call(`${off.url}/ui/session`, { method, headers: PAGE })).status).toBe(404);
  });
});

describe('a session ends', () => {
  test('when somebody logs out', async () => {
    const { token } = await session();
    const another = await session();
    const end = (headers: Record<string, string>) =>
      call(`${api.url}/ui/session`, { method: 'DELETE', headers });
    expect(await statusOf(cookie(token), replica.url)).toBe(200);
    const { 'Sec-Fetch-Site': _, ...unmarked } = cookie(token);

    expect((await end(unmarked)).status).toBe(403);
    expect(await statusOf(cookie(token))).toBe(200);
    const ended = await end(cookie(token));

    expect(ended.status).toBe(204);
    expect(cookieIn(ended.headers)).toMatch(/^deja=; .*Max-Age=0/);
    for (const { url } of [api, replica])
      await expect.poll(() => statusOf(cookie(token), url), { interval: 5 }).toBe(401);
    expect(await statusOf(cookie(another.token))).toBe(200);
    expect((await end(cookie(token))).status).toBe(204);
    expect((await end(PAGE)).status).toBe(204);
  });

  test('within a second when its key is revoked, its stream of figures too', async () => {
    const { id, token } = await session();
    const headers = cookie(token);
    expect(await statusOf(headers, replica.url)).toBe(200);
    const live = await fetch(`${replica.url}/admin/live`, { headers });
    expect(live.status).toBe(200);

    await api.context.keyStore.revoke(id);
    const revokedAt = performance.now();

    await expect.poll(() => statusOf(headers, replica.url), { interval: 5 }).toBe(401);
    expect(performance.now() - revokedAt).toBeLessThan(1000);
    await live.text(); // which ends
    const refused = await call(`${replica.url}/admin/runs`, { headers });
    expect(refused.body.detail).toContain('has ended');
  });
});

/** Under a name of its own, which `fetch` does not allow. */
async function statusOver(headers: Record<string, string>): Promise<number> {
  const socket = await openSocket(api.url);
  socket.write(requestText('GET /admin/runs', headers));
  const { status } = await readAnswer(socket);
  socket.destroy();
  return status;
}
