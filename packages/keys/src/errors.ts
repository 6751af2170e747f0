/** There are `limit` keys that work. None was made. */
export class TooManyKeysError extends Error {
  override readonly name = 'TooManyKeysError';
  readonly code = 'TOO_MANY_KEYS';
  readonly limit: number;

  constructor(limit: number) {
    super(`there are ${limit} keys, the most that there may be: revoke some first`);
    this.limit = limit;
  }
}

/** No key has this id, or it has ended and was forgotten. Nothing was changed. */
export class KeyNotFoundError extends Error {
  override readonly name = 'KeyNotFoundError';
  readonly code = 'KEY_NOT_FOUND';

  constructor(id: string) {
    super(`there is no key ${id}`);
  }
}

/** The key has no rights that a new one could take over, or another one has them. Nothing was changed. */
export class KeyEndedError extends Error {
  override readonly name = 'KeyEndedError';
  readonly code = 'KEY_ENDED';
}

/** Without this key nobody could manage keys any more. Nothing was changed. */
export class LastAdminKeyError extends Error {
  override readonly name = 'LastAdminKeyError';
  readonly code = 'LAST_ADMIN_KEY';

  constructor(id: string) {
    super(`the key ${id} is the last admin key that works: make another one first`);
  }
}

/** Everything that a `KeyStore` throws on purpose. */
export type KeysError = TooManyKeysError | KeyNotFoundError | KeyEndedError | LastAdminKeyError;
