/** Who asks, as a key says. */

/** What a key may do. `admin` is everything, of all tenants. */
export const SCOPES = ['read', 'ask', 'invalidate', 'observe', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Bounds of a tenant that its keys set. Each default is the setting of that name. */
export interface KeyLimits {
  /** Questions a minute. */
  readonly rpm?: number;
  readonly maxOpenRuns?: number;
  readonly maxInputMb?: number;
}

export interface Principal {
  /** The id within the key, which is no secret. Undefined: keys are off. */
  readonly keyId: string | undefined;
  /** The key's name, for people. Default: it has none. */
  readonly keyName?: string;
  /** Undefined: keys are off, and all is of one tenant. */
  readonly tenant: string | undefined;
  readonly scopes: ReadonlySet<Scope>;
  /** The models it may ask. Default: all. */
  readonly models?: ReadonlySet<string>;
  readonly limits: KeyLimits;
  /** Its tenant's share of the workers beside tenants of weight 1. */
  readonly weight: number;
}

/** In place of an id, of the key whose SHA-256 a setting has. */
export const SET_ADMIN_ID = 'ADMIN_KEY_SHA256';

/** Everybody, while keys are off. */
export const EVERYBODY: Principal = {
  keyId: undefined,
  tenant: undefined,
  scopes: new Set(SCOPES),
  limits: {},
  weight: 1,
};

/** Why a key is refused. Clients are told nothing but that it is. */
export type Refusal = 'malformed' | 'unknown' | 'expired' | 'revoked';

export type Verdict =
  | { readonly is: 'known'; readonly principal: Principal }
  | { readonly is: 'refused'; readonly why: Refusal }
  /** Redis is out of reach, and this process has not verified the key lately. */
  | { readonly is: 'unavailable' };

/** Whose the invalidations of this key are. Undefined: everybody's. */
export const invalidatorOf = ({ scopes, tenant }: Principal): string | undefined =>
  scopes.has('admin') ? undefined : tenant;

export interface KeyVerifier {
  /** Synchronous for a key that this process has verified before: most requests come with one. */
  verify(key: string): Verdict | Promise<Verdict>;
  /** The same for the token of a session, which has the rights of its key. */
  verifySession(token: string): Verdict | Promise<Verdict>;
}
