/** What the audit holds, and how it is asked. */
import { tenantSchema } from '@deja/keys';
import { z } from 'zod';
import { time } from '../wire/schema.ts';

export const AUDIT_ACTIONS = [
  ...(['key.created', 'key.rotated', 'key.revoked', 'key.refused'] as const),
  ...(['cache.invalidated', 'job.canceled', 'run.canceled'] as const),
  ...(['delivery.redelivered', 'session.created'] as const),
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export const auditEntrySchema = z.object({
  at: time,
  actor: z.string().meta({
    description: 'The id of a key; `command`: whoever ran the command; `-`: keys are off',
  }),
  tenant: z.string().meta({
    description: 'Whose keys, jobs or entries; where they are everybody’s, of the actor',
  }),
  action: z.string().meta({ description: `Now ${AUDIT_ACTIONS.join(', ')}` }),
  target: z.string().meta({
    description:
      'The id of the key, job, run or delivery; what was invalidated; the address that a refused key came from',
  }),
  request_id: z.string().meta({ description: 'The `X-Request-Id` of the answer' }),
  left_out: z.int().exactOptional().meta({
    description: 'So many refused keys before this one have no entry',
  }),
});
export type AuditEntry = Readonly<z.output<typeof auditEntrySchema>>;

const id = z.string().regex(/^\d{1,16}-\d{1,16}$/, 'it is the id of an entry');

export const auditList = z
  .object({
    entries: z.array(auditEntrySchema.extend({ id })),
    next_cursor: id.optional().meta({ description: 'For `before`; absent: these are the last' }),
  })
  .meta({ id: 'AuditList' });

export const auditQuery = z.object({
  tenant: tenantSchema.optional(),
  action: z.enum(AUDIT_ACTIONS).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  before: id.optional().meta({ description: 'Only older entries than the one with this id' }),
});
