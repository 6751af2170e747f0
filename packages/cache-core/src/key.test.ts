import { expect, test } from 'vitest';
import { artefactKeyFor, cacheKeyFor, type KeyFields } from './key.ts';

const fields: KeyFields = { model: 'sentiment', version: 1, input: { text: 'good' } };

test('a key is 64 lower-case hex digits', () => {
  expect(cacheKeyFor(fields)).toMatch(/^[0-9a-f]{64}$/);
});

/** A change here leaves every stored entry behind, and parts old processes from new ones. */
test('keys are the same from release to release', () => {
  const names = { engine: 'wink@2', tenant: 'acme', group: 'sales' };
  const all = { ...fields, ...names, input: { y: [1, null, 2.5], k: 'ä' } };

  expect([cacheKeyFor(fields), cacheKeyFor(all)]).toMatchInlineSnapshot(`
    [
      "1cd83c2088c9968114937f92c7d1e80f836866468c31c91ba4bb880827b73dc4",
      "9851190246a2f52d3c07fb07394dc0d53b7cb5baf996f8b2f6095fc92e441c6a",
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
    { ...fields, group: 'e' },
    { ...fields, group: '' },
    { ...fields, input: { text: 'bad' } },
    { ...fields, input: 'good' },
    { ...fields, input: ['sentiment', 1, null, 'default', { text: 'good' }] },
    { model: 'sentimen', version: 't1', input: fields.input },
  ];

  expect(new Set(variants.map(cacheKeyFor)).size).toBe(variants.length);
});

test('the first four digits are those of model, tenant and group, of artefacts too', () => {
  const place = { model: 'forecast', tenant: 'acme', group: 'sales' };
  const answers = [1, 2].map((n) =>
    cacheKeyFor({ ...place, version: n, engine: 'e', input: { n } }),
  );
  const artefact = artefactKeyFor({ ...place, version: 1, name: 'fit' });
  const digits = [...answers, artefact].map((key) => key.slice(0, 4));

  expect(new Set(digits).size).toBe(1);
  expect(new Set([...answers, artefact]).size).toBe(3);
  for (const other of [{ model: 'm' }, { tenant: 'other' }, { group: 'costs' }])
    expect(cacheKeyFor({ ...place, ...other, version: 1, input: {} })).not.toMatch(
      new RegExp(`^${digits[0]}`),
    );
});

test('artefacts of one name are different in each group, and no answers', () => {
  const identity = { model: 'm', version: 1 };
  const keys = [undefined, 'a', 'b'].map((group) =>
    artefactKeyFor({ ...identity, group, name: 'n' }),
  );

  expect(new Set([...keys, cacheKeyFor({ ...identity, input: 'n' })]).size).toBe(4);
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
