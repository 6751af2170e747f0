import type { KeyDocument } from '@deja/keys';
import { expect, test } from 'vitest';
import { keyTable } from './key-table.ts';

const KEY: KeyDocument = {
  ...{ id: '4fT0kQ9xZb', tenant: 'acme', name: 'ci', scopes: ['ask', 'read'], weight: 1 },
  ...{ state: 'active', created_at: '2026-11-27T15:38:03.000Z' },
};

test('columns in which nobody has anything of his own are left out', () => {
  expect(keyTable([KEY]).split('\n')).toEqual([
    'ID          TENANT  NAME  SCOPES    STATE   CREATED           EXPIRES  LAST USED',
    '4fT0kQ9xZb  acme    ci    ask,read  active  2026-11-27 15:38  never    never',
  ]);
});

test('a table is aligned, also with characters that take two columns or none', () => {
  const limits = { models: ['forecast'], rpm: 600, max_open_runs: 5, max_input_mb: 3, weight: 2 };
  const names = ['日本語', 'u\u0308mlaut', '🔑 key'];

  const rows = keyTable([{ ...KEY, ...limits }, ...names.map((name) => ({ ...KEY, name }))]);

  const upToLimits = rows.split('\n').map((row) => row.replace(/ +(?:WEIGHT|\d) .*/, ''));
  expect(upToLimits.map((row) => row.slice(20))).toEqual([
    'NAME    SCOPES    MODELS    LIMITS',
    'ci      ask,read  forecast  600/min,5 runs,3 MB',
    '日本語  ask,read  all       default',
    'u\u0308mlaut  ask,read  all       default',
    '🔑 key  ask,read  all       default',
  ]);
});
