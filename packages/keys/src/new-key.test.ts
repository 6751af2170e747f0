import { expect, test } from 'vitest';
import { newKeySchema } from './new-key.ts';

const data = { tenant: 'acme', name: 'ci', scopes: ['ask'] };
const admin = { name: 'ops', scopes: ['admin'] };

test.each([
  ['90d', 90 * 86_400_000],
  ['12h', 12 * 3_600_000],
  ['30m', 30 * 60_000],
  ['1s', 1000],
])('%s is so many ms', (expires, ms) => {
  expect(newKeySchema.parse({ ...data, expires }).expiresInMs).toBe(ms);
});

test('what is left out has its default', () => {
  expect(newKeySchema.parse(data)).toEqual({ ...data, limits: {}, weight: 1 });
  expect(newKeySchema.parse(admin)).toEqual({ ...admin, tenant: 'admin', limits: {}, weight: 1 });
});

test('a tenant, a name and bounds have their form', () => {
  const all = { rpm: 600, max_open_runs: 5, max_input_mb: 3, weight: 100, models: ['forecast'] };

  expect(
    newKeySchema.parse({ ...data, tenant: 'a'.repeat(64), name: 'Ci, büro 2', ...all }),
  ).toEqual({
    ...{ tenant: 'a'.repeat(64), name: 'Ci, büro 2', scopes: ['ask'], models: ['forecast'] },
    ...{ limits: { rpm: 600, maxOpenRuns: 5, maxInputMb: 3 }, weight: 100 },
  });
});

test.each<[string, object]>([
  ['no tenant', { ...data, tenant: undefined }],
  ['an empty tenant', { ...data, tenant: '' }],
  ['a tenant in capitals', { ...data, tenant: 'Acme' }],
  ['a long tenant', { ...data, tenant: 'a'.repeat(65) }],
  ['a tenant that would end a field of Redis', { ...data, tenant: 'a:b' }],
  ['the tenant of shared answers', { ...data, tenant: 'default' }],
  ['a data key of the tenant of admins', { ...data, tenant: 'admin' }],
  ['an admin key of a tenant', { ...admin, tenant: 'acme' }],
  ['admin among other scopes', { ...admin, scopes: ['admin', 'read'] }],
  ['an admin key for some models', { ...admin, models: ['forecast'] }],
  ['no scope', { ...data, scopes: [] }],
  ['an unknown scope', { ...data, scopes: ['write'] }],
  ['an empty name', { ...data, name: '' }],
  ['a name with a line break', { ...data, name: 'a\nb' }],
  ['no model', { ...data, models: [] }],
  ['a weight of 0', { ...data, weight: 0 }],
  ['half a question a minute', { ...data, rpm: 0.5 }],
  ['an expiry without a unit', { ...data, expires: '90' }],
  ['an expiry of nothing', { ...data, expires: '0d' }],
  ['an expiry in a century', { ...data, expires: '36500d' }],
  ['an unknown member', { ...data, scope: 'ask' }],
])('%s is refused', (_, wanted) => {
  expect(newKeySchema.safeParse(wanted).success).toBe(false);
});
