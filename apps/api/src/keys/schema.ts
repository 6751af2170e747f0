/** What the routes of keys read and answer. `newKeySchema` (packages/keys) is the body of a new key. */
import { SCOPES } from '@deja/keys';
import { z } from 'zod';
import { time } from '../wire/schema.ts';

const key = z
  .object({
    id: z.string().meta({ description: 'The 10 characters after `deja_sk_` or `deja_ad_`' }),
    tenant: z.string(),
    name: z.string(),
    scopes: z.array(z.enum(SCOPES)),
    models: z.array(z.string()).optional().meta({ description: 'Absent: all' }),
    rpm: z.int().optional(),
    max_open_runs: z.int().optional(),
    max_input_mb: z.int().optional(),
    weight: z.int(),
    state: z.enum(['active', 'expired', 'revoked']),
    created_at: time,
    expires_at: time.optional(),
    revoked_at: time.optional(),
    replaced_by: z.string().optional().meta({ description: 'The id of its successor' }),
    last_used_at: time.optional().meta({ description: 'To the minute; absent: never' }),
  })
  .meta({ id: 'Key' });

export const keyList = z.object({ keys: z.array(key) }).meta({ id: 'KeyList' });
export const apiKey = key;

const text = z.string().meta({ description: 'The key itself. Nobody can be told it again' });

export const createdKey = key.extend({ key: text }).meta({ id: 'CreatedKey' });
export const rotatedKey = key
  .extend({ key: text, replaced: key })
  .meta({ id: 'RotatedKey', description: '`replaced` works until its `expires_at`' });

export const keysQuery = z.object({
  all: z.enum(['true', 'false']).default('false').meta({
    description: 'true: also keys that ended more than 30 days ago',
  }),
});
