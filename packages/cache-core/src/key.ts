import { hash } from 'node:crypto';
import { withCanonicalBytes } from './canonical.ts';

interface Identity {
  readonly model: string;
  /** Version of the model definition. 1 and '1' are different versions. */
  readonly version: string | number;
  /** Name and version of the engine, if the same definition can run on several. */
  readonly engine?: string | undefined;
  /** Default: the only tenant of an installation without API keys. */
  readonly tenant?: string | undefined;
  /** The group of the question, such as the series that it is about. */
  readonly group?: string | undefined;
}

export interface KeyFields extends Identity {
  /** The normalised input, as the model will see it. Without a group, each input is its own group. */
  readonly input: unknown;
}

interface ArtefactFields extends Identity {
  /** The model's name for the artefact, within the group. */
  readonly name: string;
}

/** Begins every hashed text, so that no other use of the canonical form gives the same key. */
const DOMAIN = 'deja-key-v2';
export const DEFAULT_TENANT = 'default';
/** The number of digits that depend only on model, tenant and group: they choose the shard. */
const PLACE_DIGITS = 4;

const sha256 = (bytes: Buffer): string => hash('sha256', bytes, 'hex');

/** A digest of a value's canonical form: equal for equal JSON. 43 characters. */
export function canonicalDigest(value: unknown): string {
  return withCanonicalBytes([value], (bytes) => hash('sha256', bytes, 'base64url'));
}

/**
 * The cache key: the identity of an answer as 64 lower-case hex digits, a SHA-256 over the canonical
 * forms of its fields. The first 4 digits depend only on model, tenant and group, so that a group
 * lies in one shard. The others depend on all fields, and on the input through its digest.
 * Throws `CanonicalFormError`; for a client's value, its path lies in `input`.
 */
export function cacheKeyFor(fields: KeyFields): string {
  return sizedCacheKeyFor(fields).key;
}

/** The same, and the length of the input's canonical form. */
export function sizedCacheKeyFor({ input, ...identity }: KeyFields): {
  readonly key: string;
  readonly inputBytes: number;
} {
  let inputBytes = 0;
  const digest = withCanonicalBytes([input], (bytes) => {
    inputBytes = bytes.length;
    return sha256(bytes);
  });
  return { key: keyOf(identity, identity.group ?? [digest], digest), inputBytes };
}

/** The key of an artefact that a model keeps for later computations. No answer has this key. */
export function artefactKeyFor({ name, ...identity }: ArtefactFields): string {
  return keyOf(identity, identity.group ?? null, ['artefact', name]);
}

/** The list of artefacts to which those of this tag belong. Default tenant: as for keys. */
export function artefactGroupFor(model: string, tag: string, tenant = DEFAULT_TENANT): string {
  return tenant === DEFAULT_TENANT ? `${model}/${tag}` : `${model}/${tenant}/${tag}`;
}

/** The shard to which a key belongs, of `count`. */
export function shardIndexOf(key: string, count: number): number {
  return count === 1 ? 0 : Number.parseInt(key.slice(0, PLACE_DIGITS), 16) % count;
}

function keyOf(identity: Identity, group: unknown, what: unknown): string {
  const { model, version, engine = null, tenant = DEFAULT_TENANT } = identity;
  const place = withCanonicalBytes([DOMAIN, model, tenant, group], sha256);
  const all = withCanonicalBytes([DOMAIN, model, version, engine, tenant, group, what], sha256);
  return place.slice(0, PLACE_DIGITS) + all.slice(PLACE_DIGITS);
}
