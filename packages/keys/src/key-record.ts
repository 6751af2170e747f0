/** A key as it is stored, and what is told of it. The key itself is in neither. */
import { z } from 'zod';
import { type Principal, SCOPES } from './principal.ts';

const timestamp = z.int().nonnegative();

const keyRecordSchema = z.object({
  id: z.string(),
  /** SHA-256 of the key, in hex. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  tenant: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  /** Default: all. */
  models: z.array(z.string()).exactOptional(),
  limits: z.object({
    rpm: z.number().exactOptional(),
    maxOpenRuns: z.number().exactOptional(),
    maxInputMb: z.number().exactOptional(),
  }),
  weight: z.number(),
  /** Epoch ms, like the next two. */
  createdAt: timestamp,
  /** From then on it is refused. */
  expiresAt: timestamp.exactOptional(),
  revokedAt: timestamp.exactOptional(),
  /** The id of the key that took its place. */
  replacedBy: z.string().exactOptional(),
});

export type KeyRecord = Readonly<z.output<typeof keyRecordSchema>>;
export type KeyState = 'active' | 'expired' | 'revoked';

/** Undefined: there is none, or none that this version can read. */
export function parseKeyRecord(text: string | undefined): KeyRecord | undefined {
  if (text === undefined) return undefined;
  try {
    return keyRecordSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** @param now Epoch ms. */
export function stateOf({ revokedAt, expiresAt }: KeyRecord, now: number): KeyState {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAt !== undefined && expiresAt <= now ? 'expired' : 'active';
}

/** An admin key may do everything. */
export function principalOf(record: KeyRecord): Principal {
  const { id, name, tenant, scopes, models, limits, weight } = record;
  return {
    keyId: id,
    keyName: name,
    tenant,
    scopes: new Set(scopes.includes('admin') ? SCOPES : scopes),
    ...(models && { models: new Set(models) }),
    limits,
    weight,
  };
}

/** A key as lists tell it, in the API and by the command. Times are ISO 8601, UTC. */
export interface KeyDocument {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly models?: readonly string[];
  readonly rpm?: number;
  readonly max_open_runs?: number;
  readonly max_input_mb?: number;
  readonly weight: number;
  readonly state: KeyState;
  readonly created_at: string;
  readonly expires_at?: string;
  readonly revoked_at?: string;
  readonly replaced_by?: string;
  /** To the minute. */
  readonly last_used_at?: string;
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** @param now, lastUsedAt Epoch ms. */
export function presentKey(record: KeyRecord, now: number, lastUsedAt?: number): KeyDocument {
  const { id, tenant, name, scopes, models, limits, weight, replacedBy } = record;
  const { expiresAt, revokedAt } = record;
  return {
    ...{ id, tenant, name, scopes, ...(models && { models }) },
    ...(limits.rpm !== undefined && { rpm: limits.rpm }),
    ...(limits.maxOpenRuns !== undefined && { max_open_runs: limits.maxOpenRuns }),
    ...(limits.maxInputMb !== undefined && { max_input_mb: limits.maxInputMb }),
    weight,
    state: stateOf(record, now),
    created_at: iso(record.createdAt),
    ...(expiresAt !== undefined && { expires_at: iso(expiresAt) }),
    ...(revokedAt !== undefined && { revoked_at: iso(revokedAt) }),
    ...(replacedBy !== undefined && { replaced_by: replacedBy }),
    ...(lastUsedAt !== undefined && { last_used_at: iso(lastUsedAt) }),
  };
}
