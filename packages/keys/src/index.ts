export {
  KeyEndedError,
  KeyNotFoundError,
  type KeysError,
  LastAdminKeyError,
  TooManyKeysError,
} from './errors.ts';
export { type KeyDocument, type KeyRecord, type KeyState, presentKey } from './key-record.ts';
export { type CreatedKey, KeyStore, type KeyStoreOptions, type ListedKey } from './key-store.ts';
export { ADMIN_TENANT, type NewKey, newKeySchema, tenantSchema } from './new-key.ts';
export {
  EVERYBODY,
  invalidatorOf,
  type KeyLimits,
  type KeyVerifier,
  type Principal,
  type Refusal,
  SCOPES,
  type Scope,
  type Verdict,
} from './principal.ts';
export {
  isSessionToken,
  SESSION_MS,
  SessionStore,
  type SessionStoreOptions,
} from './session-store.ts';
export { createKeyVerifier, type VerifierOptions } from './verifier.ts';
