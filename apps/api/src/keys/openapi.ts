/** The routes of keys in the OpenAPI document. */
import { newKeySchema } from '@deja/keys';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { inPath, json, operation } from '../wire/operation.ts';
import { apiKey, createdKey, keyList, keysQuery, rotatedKey } from './schema.ts';

const tag = 'keys';
const ofKey = inPath({ id: 'Id of a key' });

export const keyPaths: ZodOpenApiPathsObject = {
  '/admin/keys': {
    get: operation({
      ...{ id: 'listKeys', tag, summary: 'List API keys' },
      description: 'Those that work or ended in the last 30 days, the newest first.',
      params: { query: keysQuery },
      answers: { '200': json('The keys', keyList) },
      problems: ['malformed-request', 'queue-unavailable'],
    }),
    post: operation({
      ...{ id: 'createKey', tag, summary: 'Make an API key' },
      description: 'The answer has the key, this once.',
      body: newKeySchema,
      answers: { '201': json('The key', createdKey) },
      problems: ['malformed-json', 'input-refused', 'too-many-keys', 'queue-unavailable'],
    }),
  },
  '/admin/keys/{id}': {
    delete: operation({
      ...{ id: 'revokeKey', tag, summary: 'Revoke an API key' },
      description:
        'Every process that reaches Redis refuses it within a second. It can be repeated. The last admin key is not revoked unless `ADMIN_KEY_SHA256` names another.',
      params: ofKey,
      answers: { '200': json('It is revoked', apiKey) },
      problems: ['key-unknown', 'last-admin-key', 'queue-unavailable'],
    }),
  },
  '/admin/keys/{id}/rotate': {
    post: operation({
      ...{ id: 'rotateKey', tag, summary: 'Replace an API key' },
      description:
        'Makes one with the same rights; the old one works for another 24 h. The answer has the new key, this once.',
      params: ofKey,
      answers: { '201': json('The new key', rotatedKey) },
      problems: ['key-unknown', 'key-ended', 'too-many-keys', 'queue-unavailable'],
    }),
  },
};
