import { artefactGroupFor } from '@deja/cache-core';
import { createForecastModel, defineModel } from '@deja/models';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { keyFor, ownIdentityOf } from '../src/predictions/question.ts';

const shared = defineModel({
  name: 'shared',
  version: 1,
  input: z.any(),
  output: z.any(),
  compute: () => 1,
});
const prepared = { input: { n: 1 }, tags: [] };

test('a shared model’s key is the same for all tenants; another’s is each tenant’s own', () => {
  const own = { ...shared, scope: 'tenant' } as const;

  expect(keyFor(shared, prepared, 'a')).toBe(keyFor(shared, prepared));
  expect(new Set(['a', 'b', undefined].map((tenant) => keyFor(own, prepared, tenant))).size).toBe(
    3,
  );
  expect(keyFor(own, prepared)).toBe(keyFor(shared, prepared)); // as long as there are no keys
  expect(createForecastModel().scope).toBe('tenant');
});

test('what is found by a name is a tenant’s own, whatever the scope', () => {
  expect(ownIdentityOf(shared, prepared, 'a').tenant).toBe('a');
  expect(artefactGroupFor('m', 'model_id:x')).toBe('m/model_id:x');
  expect(artefactGroupFor('m', 'model_id:x', 'a')).toBe('m/a/model_id:x');
});
