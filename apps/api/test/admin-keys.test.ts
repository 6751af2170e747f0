/** Keys over HTTP. What a key is and how it ends is tested in packages/keys. */
import { call, post } from '@deja/testing';
import { expect, test, vi } from 'vitest';
import { openApi } from './harness.ts';
import { bearer, memoryKeys } from './memory-keys.ts';

const WANTED = { tenant: 'acme', name: 'ci', scopes: ['read'], expires: '90d', rpm: 600 };
const ADMIN = { name: 'ops', scopes: ['admin'] };
const REQUIRED = { AUTH: 'required' };
const asAdmin = bearer('key-admin');
const json = { 'Content-Type': 'application/json' };

test('a key is made, listed, rotated and revoked over HTTP, and works in between', async () => {
  const env = { ...REQUIRED, ADMIN_KEY_SHA256: '0'.repeat(64) };
  await using api = await openApi(env);
  const { key: first } = await api.context.keyStore.create({
    ...{ tenant: 'admin', name: 'first', scopes: ['admin'], limits: {}, weight: 1 },
  });
  const admin = bearer(first);
  const statusWith = async (key: string) =>
    (await call(`${api.url}/models`, { headers: bearer(key) })).status;

  const made = await post(`${api.url}/admin/keys`, WANTED, admin);
  const { key, id } = made.body;

  expect(made.status).toBe(201);
  expect(made.headers.get('cache-control')).toBe('no-store');
  expect(key.slice(0, 18)).toBe(`deja_sk_${id}`);
  expect(made.body).toMatchObject({ tenant: 'acme', name: 'ci', scopes: ['read'], rpm: 600 });
  expect(await statusWith(key)).toBe(200);
  const rotated = await call(`${api.url}/admin/keys/${id}/rotate`, {
    method: 'POST',
    headers: admin,
  });
  expect(rotated).toMatchObject({
    status: 201,
    body: { tenant: 'acme', rpm: 600, replaced: { id, replaced_by: rotated.body.id } },
  });
  expect(await Promise.all([key, rotated.body.key].map(statusWith))).toEqual([200, 200]);
  const address = `${api.url}/admin/keys/${id}`;
  const revoke = () => call(address, { method: 'DELETE', headers: admin });
  const revoked = await revoke();
  expect(revoked).toMatchObject({ status: 200, body: { id, state: 'revoked' } });
  expect((await revoke()).body).toEqual(revoked.body);
  await vi.waitFor(async () => expect(await statusWith(key)).toBe(401));
  const { body } = await call(`${api.url}/admin/keys`, { headers: admin });
  expect(body.keys.map((each: { id: string; state: string }) => [each.id, each.state])).toEqual([
    [rotated.body.id, 'active'],
    [id, 'revoked'],
    [first.slice(8, 18), 'active'],
  ]);
  const text = JSON.stringify([body, revoked.body, rotated.body.replaced]);
  expect(text).not.toMatch(/digest|[0-9a-f]{64}/);
  for (const secret of [first, key, rotated.body.key]) expect(text).not.toContain(secret.slice(18));
});

test('what is wrong with a key is a problem that says so', async () => {
  await using api = await openApi(REQUIRED, undefined, undefined, memoryKeys());
  const url = `${api.url}/admin/keys`;

  const refused = await post(url, { ...WANTED, expires: '90', colour: 'red' }, asAdmin);
  const missing = await post(url, { name: 'ci', scopes: ['read'] }, asAdmin);
  const shared = await post(url, { ...WANTED, tenant: 'default' }, asAdmin);
  const unknown = await call(`${url}/0123456789`, { method: 'DELETE', headers: asAdmin });
  const made = await post(url, WANTED, asAdmin);
  const rotate = `${url}/${made.body.id}/rotate`;
  await call(rotate, { method: 'POST', headers: asAdmin });
  const again = await call(rotate, { method: 'POST', headers: asAdmin });

  expect(refused.body.errors.map(({ path }: { path: string }) => path)).toEqual([
    '/expires',
    '/colour',
  ]);
  expect([refused, missing, shared].map(({ status }) => status)).toEqual([422, 422, 422]);
  expect(missing.body.errors).toEqual([{ path: '/tenant', message: 'it is missing' }]);
  expect(unknown).toMatchObject({ status: 404, body: { type: 'urn:deja:problem:key-unknown' } });
  expect(again).toMatchObject({ status: 409, body: { type: 'urn:deja:problem:key-ended' } });
  expect((await call(`${url}?all=maybe`, { headers: asAdmin })).status).toBe(400);
  expect((await api.context.keyStore.list()).length).toBe(2);
});

test('nobody revokes the last admin key over HTTP, unless the settings name another', async () => {
  const named = { ...REQUIRED, ADMIN_KEY_SHA256: '0'.repeat(64) };
  await using api = await openApi(REQUIRED, undefined, undefined, memoryKeys());
  await using other = await openApi(named, undefined, undefined, memoryKeys());
  await using off = await openApi();
  const revokeLast = async ({ url }: { url: string }) => {
    const { body } = await post(`${url}/admin/keys`, ADMIN, asAdmin);
    return await call(`${url}/admin/keys/${body.id}`, { method: 'DELETE', headers: asAdmin });
  };

  const refused = await revokeLast(api);

  expect(refused).toMatchObject({
    status: 409,
    body: { type: 'urn:deja:problem:last-admin-key' },
  });
  expect((await revokeLast(other)).status).toBe(200);
  expect((await revokeLast(off)).status).toBe(200);
});

test('while keys are off, operators make them, and nobody else does', async () => {
  await using api = await openApi({ ADMIN_PASSWORD: 'long enough' });
  const basic = { Authorization: `Basic ${Buffer.from('admin:long enough').toString('base64')}` };
  const make = (headers: object) =>
    call(`${api.url}/admin/keys`, {
      ...{ method: 'POST', body: JSON.stringify(ADMIN), headers: { ...json, ...headers } },
    });

  expect((await make({})).status).toBe(401);
  expect((await make({ ...basic, Origin: 'https://evil.example' })).status).toBe(403);
  expect((await make(basic)).status).toBe(201);
});
