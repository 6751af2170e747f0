import type { LogUnavailableError, TooManyInvalidationsError } from './log/errors.ts';

/** The value has no canonical form, so it has no cache key. Nothing was done. */
export class CanonicalFormError extends Error {
  override readonly name = 'CanonicalFormError';
  readonly code = 'NO_CANONICAL_FORM';
  /** JSON Pointer (RFC 6901) to the value at fault; `''` is the whole value. */
  readonly path: string;

  constructor(path: string, reason: string) {
    super(`${path === '' ? 'the value' : path} ${reason}`);
    this.path = path;
  }
}

export type DamageReason = 'magic' | 'format' | 'length' | 'checksum' | 'header' | 'key';

/** The bytes are not a complete, unchanged entry of this format and key. */
export class EntryDamagedError extends Error {
  override readonly name = 'EntryDamagedError';
  readonly code = 'ENTRY_DAMAGED';
  readonly reason: DamageReason;

  constructor(reason: DamageReason, options?: ErrorOptions) {
    super(`not an entry that can be used (${reason})`, options);
    this.reason = reason;
  }
}

/**
 * A tier itself failed: no connection, disk full, file locked for too long. A read has no result. A
 * write may or may not have taken effect, and can be repeated. `cause` is the store's own error.
 */
export class TierError extends Error {
  override readonly name = 'TierError';
  readonly code = 'TIER_UNAVAILABLE';
  readonly tier: 'memory' | 'redis' | 'disk';

  constructor(tier: 'memory' | 'redis' | 'disk', options: { readonly cause: unknown }) {
    const why = options.cause instanceof Error ? options.cause.message : String(options.cause);
    super(`the ${tier} tier failed: ${why}`, options);
    this.tier = tier;
  }
}

/** Everything this package throws on purpose. Switch on `code`, not on `message`. */
export type CacheError =
  | CanonicalFormError
  | EntryDamagedError
  | TierError
  | LogUnavailableError
  | TooManyInvalidationsError;
