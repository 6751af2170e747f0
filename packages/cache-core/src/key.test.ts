import { expect, test } from 'vitest';
import { cacheKeyFor, type KeyFields } from './key.ts';

const fields: KeyFields = { model: 'sentiment', version: 1, input: { text: 'good' } };

test('a key is 64 lower-case hex digits', () => {
  expect(cacheKeyFor(fields)).toMatch(/^[0-9a-f]{64}$/);
});

/** A change here leaves every stored entry behind, and parts old processes from new ones. */
test('keys are the same from release to release', () => {
  const all = { ...fields, engine: 'wink@2', tenant: 'acme', input: { y: [1, null, 2.5], k: 'ä' } };

  expect([cacheKeyFor(fields), cacheKeyFor(all)]).toMatchInlineSnapshot(`
    [
      "dbd46bb4eb46f16627a2d50dc610b45ad97106d28cfaed12358e0a5e5c20ae50",
      "3464cfd3d8fec29db04f0dcf6f4e4782764f758f1c653569a4524fbf5223914a",
    ]
  `);
});

test('equal input has one key, however it is spelt', () => {
  const one = { ...fields, input: { text: 'caf\u00e9', n: 0, list: [1, 2] } };
  const other = { ...fields, input: { list: [1, 2], n: -0, text: 'cafe\u0301' } };

  expect(cacheKeyFor(other)).toBe(cacheKeyFor(one));
});

test('every field counts, and none can stand for another', () => {
  const variants: KeyFields[] = [
    fields,
    { ...fields, model: 'sentiment2' },
    { ...fields, version: 2 },
    { ...fields, version: '1' },
    { ...fields, engine: 'e' },
    { ...fields, tenant: 'e' },
    { ...fields, engine: 'e', tenant: 'e' },
    { ...fields, engine: '' },
    { ...fields, tenant: '' },
    { ...fields, input: { text: 'bad' } },
    { ...fields, input: 'good' },
    { ...fields, input: ['sentiment', 1, null, null, { text: 'good' }] },
    { model: 'sentimen', version: 't1', input: fields.input },
  ];

  expect(new Set(variants.map(cacheKeyFor)).size).toBe(variants.length);
});

test('a field that is undefined is as one left out', () => {
  expect(cacheKeyFor({ ...fields, tenant: undefined })).toBe(cacheKeyFor(fields));
});

test('what has no canonical form is refused, with its path in the input', () => {
  const input = { y: [1, Number.NaN] };

  expect(() => cacheKeyFor({ ...fields, input })).toThrowError(
    expect.objectContaining({ code: 'NO_CANONICAL_FORM', path: '/y/1' }),
  );
});
