/**
 * What somebody asks for who wants a new key. The members are those of `POST /admin/keys` and, with
 * hyphens, the options of the command, so that both accept and refuse the same.
 */
import { DEFAULT_TENANT } from '@deja/cache-core';
import { z } from 'zod';
import { type KeyLimits, SCOPES, type Scope } from './principal.ts';

/** The tenant of all admin keys, and of no other. */
export const ADMIN_TENANT = 'admin';

export const tenantSchema = z
  .string()
  .regex(/^[a-z0-9-]{1,64}$/, 'it is 1 to 64 of a-z, 0-9 and -')
  .refine((tenant) => tenant !== DEFAULT_TENANT, {
    error: `the name ${DEFAULT_TENANT} stands for answers that all tenants share`,
  });

export interface NewKey {
  readonly tenant: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly models?: readonly string[];
  readonly limits: KeyLimits;
  readonly weight: number;
  readonly expiresInMs?: number;
}

const UNITS_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const MAX_EXPIRY_MS = 3650 * UNITS_MS.d;

const durationMs = z.string().transform((text, { issues }) => {
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS];
  if (ms > 0 && ms <= MAX_EXPIRY_MS) return ms;
  const message = 'it is a number with a unit, s, m, h or d, of at most 3650d, e.g. 90d';
  issues.push({ code: 'custom', message, input: text });
  return z.NEVER;
});
const bound = z.int().min(1).max(1_000_000_000);

export const newKeySchema = z
  .strictObject({
    tenant: tenantSchema.optional().meta({
      description: 'Needed, but for the scope admin. Not default',
    }),
    name: z.string().regex(/^[^\p{C}]{1,64}$/u, 'it is 1 to 64 printable characters'),
    scopes: z.array(z.enum(SCOPES, `it is one of ${SCOPES.join(', ')}`)).min(1),
    models: z
      .array(z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/, 'it is the name of a model'))
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'It may ask these only. Default: all' }),
    expires: durationMs.optional().meta({
      description: 'A number with s, m, h or d, at most 3650d, e.g. 90d. Default: never',
    }),
    rpm: bound.optional().meta({ description: 'Of its tenant. Default: TENANT_RPM' }),
    max_open_runs: bound.optional().meta({
      description: 'Of its tenant. Default: TENANT_MAX_OPEN_RUNS',
    }),
    max_input_mb: bound.optional().meta({
      description: 'Of its tenant. Default: TENANT_MAX_INPUT_MB',
    }),
    weight: z.int().min(1).max(100).default(1).meta({
      description: 'Its tenant’s share of the workers beside others of weight 1',
    }),
  })
  .superRefine(({ tenant, scopes, models }, { issues }) => {
    const isAdmin = scopes.includes('admin');
    const refuse = (path: string, message: string) =>
      void issues.push({ code: 'custom', path: [path], message, input: undefined });
    if (!isAdmin && tenant === undefined) refuse('tenant', 'it is missing');
    if (!isAdmin && tenant === ADMIN_TENANT)
      refuse('tenant', `the tenant ${ADMIN_TENANT} is for keys with the scope admin`);
    if (isAdmin && tenant !== undefined && tenant !== ADMIN_TENANT)
      refuse('tenant', `a key with the scope admin belongs to the tenant ${ADMIN_TENANT}`);
    if (isAdmin && scopes.length > 1)
      refuse('scopes', 'the scope admin includes all others: leave them out');
    if (isAdmin && models !== undefined) refuse('models', 'an admin key may ask every model');
  })
  .transform(
    ({ tenant = ADMIN_TENANT, name, scopes, models, expires, weight, ...more }): NewKey => {
      const { rpm, max_open_runs: maxOpenRuns, max_input_mb: maxInputMb } = more;
      return {
        tenant,
        name,
        scopes: [...new Set(scopes)],
        ...(models && { models: [...new Set(models)] }),
        limits: {
          ...(rpm !== undefined && { rpm }),
          ...(maxOpenRuns !== undefined && { maxOpenRuns }),
          ...(maxInputMb !== undefined && { maxInputMb }),
        },
        weight,
        ...(expires !== undefined && { expiresInMs: expires }),
      };
    },
  );
