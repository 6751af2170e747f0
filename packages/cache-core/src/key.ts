import { hash } from 'node:crypto';
import { withCanonicalBytes } from './canonical.ts';

export interface KeyFields {
  readonly model: string;
  /** Version of the model definition. 1 and '1' are different versions. */
  readonly version: string | number;
  /** Name and version of the engine, if the same definition can run on several. */
  readonly engine?: string | undefined;
  /** Absent: tenants may share the answer. */
  readonly tenant?: string | undefined;
  /** The normalised input, as the model will see it. */
  readonly input: unknown;
}

/** Begins every hashed text, so that no other use of the canonical form gives the same key. */
const DOMAIN = 'deja-key-v1';
const sha256 = (bytes: Buffer): string => hash('sha256', bytes, 'hex');

/**
 * The cache key: the identity of an answer, a SHA-256 over the canonical forms of all fields as 64
 * lower-case hex digits. Throws `CanonicalFormError`; for a client's value, its path lies in `input`.
 */
export function cacheKeyFor(fields: KeyFields): string {
  const { model, version, engine = null, tenant = null, input } = fields;
  return withCanonicalBytes([DOMAIN, model, version, engine, tenant, input], sha256);
}

interface ArtefactFields extends Omit<KeyFields, 'input'> {
  /** The model's name for the artefact. */
  readonly name: string;
}

/** The key of an artefact that a model keeps for later computations. No answer has this key. */
export function artefactKeyFor({ name, model, ...identity }: ArtefactFields): string {
  // A model's name never contains a slash.
  return cacheKeyFor({ ...identity, model: `${model}/artefact`, input: name });
}
