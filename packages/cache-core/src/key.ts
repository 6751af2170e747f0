import { hash } from 'node:crypto';
import { withCanonicalBytes } from './canonical.ts';

export interface KeyFields {
  readonly model: string;
  /** Of the model definition. 1 and '1' are two versions. */
  readonly version: string | number;
  /** Name and version of what computes, where the same definition may run on several. */
  readonly engine?: string | undefined;
  /** Left out: the answer may be shared between tenants. */
  readonly tenant?: string | undefined;
  /** As normalised, and as the model will see it. */
  readonly input: unknown;
}

/** Begins every hashed text, so that no other use of the canonical form can give the same key. */
const DOMAIN = 'deja-key-v1';
const sha256 = (bytes: Buffer): string => hash('sha256', bytes, 'hex');

/**
 * The identity of an answer: SHA-256 over the canonical forms of all fields, 64 lower-case hex.
 * Throws `CanonicalFormError`, whose path is within `input` for whatever a client sent.
 */
export function cacheKeyFor(fields: KeyFields): string {
  const { model, version, engine = null, tenant = null, input } = fields;
  return withCanonicalBytes([DOMAIN, model, version, engine, tenant, input], sha256);
}

interface ArtefactFields extends Omit<KeyFields, 'input'> {
  /** What the model calls it. */
  readonly name: string;
}

/** The key of what a model left for its later computations; no answer has it. */
export function artefactKeyFor({ name, model, ...identity }: ArtefactFields): string {
  // No model's name holds a slash.
  return cacheKeyFor({ ...identity, model: `${model}/artefact`, input: name });
}
