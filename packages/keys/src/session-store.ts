/**
 * Sessions of people who have logged in at the page with a key, on the queue Redis.
 *
 * Guarantees, each with a test of the same name:
 *
 *  - no token is in Redis, only its digest;
 *  - a session ends after 12 h;
 *  - a key has at most 10 sessions: a new one ends the oldest;
 *  - a session that was ended stays ended;
 *  - somebody can log in and out while Redis is full.
 *
 * A verifier says whether a token holds. Calls reject as Redis does when it is away.
 */
import { randomBytes } from 'node:crypto';
import type { RedisClient } from '@deja/cache-core/redis';
import { digestOf } from './key-text.ts';
import { SET_ADMIN_ID } from './principal.ts';
import { endSessionScript, openSessionScript } from './session-lua.ts';

export interface SessionStoreOptions {
  readonly redis: RedisClient;
  /** Prefix of the first shard's keys, e.g. `deja:f2:{d0}:`. */
  readonly prefix: string;
  /** SHA-256 in hex of an admin key that Redis does not know. Default: there is none. */
  readonly adminKeySha256?: string | undefined;
  /** Unit: ms. Default: 12 h. */
  readonly sessionMs?: number;
}

export const SESSION_MS = 12 * 3_600_000;
const MAX_SESSIONS = 10;

/** 32 random bytes, in base64url. */
export const isSessionToken = (text: string): boolean => /^[\w-]{43}$/.test(text);

export class SessionStore {
  readonly #options: SessionStoreOptions;

  constructor(options: SessionStoreOptions) {
    this.#options = options;
  }

  /** Resolves to the token, which nobody can be told again. */
  async open(keyId: string): Promise<string> {
    const { redis, prefix, adminKeySha256 = '', sessionMs = SESSION_MS } = this.#options;
    const token = randomBytes(32).toString('base64url');
    // With another setting, the key is another one.
    const whose = keyId === SET_ADMIN_ID ? adminKeySha256 : keyId;
    await openSessionScript(
      ...([redis, `${prefix}meta`, prefix, digestOf(token), whose, sessionMs] as const),
      ...[MAX_SESSIONS, newVersion()],
    );
    return token;
  }

  /** Every process refuses the token within a second after this resolves. */
  async end(token: string): Promise<void> {
    const { redis, prefix } = this.#options;
    await endSessionScript(redis, `${prefix}meta`, prefix, digestOf(token), newVersion());
  }
}

const newVersion = (): string => randomBytes(9).toString('base64url');
