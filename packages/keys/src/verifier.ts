/**
 * Verifies keys for a process that serves requests.
 *
 * Guarantees, each with a test of the same name:
 *
 *  - a key that was verified before is verified at once, without Redis;
 *  - a key that was just made works at once, also if it was tried before;
 *  - a revoked key is refused by every process within a second, also if no message comes;
 *  - what is no key is refused without Redis;
 *  - a flood of unknown keys is a trickle of calls;
 *  - while Redis is away, known keys go on for `serveUnverifiedMs` and unknown ones are unavailable;
 *  - a key's last use is written at most once a minute, by all processes together;
 *  - the key whose digest a setting names works without Redis.
 *
 * It remembers keys by their SHA-256, the 10,000 that were used last, and nothing of those it refused.
 */
import { timingSafeEqual } from 'node:crypto';
import { isRedisAway } from '@deja/redis';
import { LRUCache } from 'lru-cache';
import { KeyReader, type KeyReaderOptions, USED_EVERY_MS } from './key-reader.ts';
import { parseKeyRecord, principalOf } from './key-record.ts';
import { digestOf, idOfKey } from './key-text.ts';
import { ADMIN_TENANT } from './new-key.ts';
import {
  type KeyVerifier,
  type Principal,
  type Refusal,
  SCOPES,
  type Verdict,
} from './principal.ts';

export interface VerifierOptions extends KeyReaderOptions {
  /** How long known keys go on while Redis is out of reach. Unit: ms. 0: not at all. */
  readonly serveUnverifiedMs: number;
  /** SHA-256 in hex of an admin key that Redis does not know. Default: there is none. */
  readonly adminKeySha256?: string | undefined;
  /** Default: 10,000. */
  readonly maxVerified?: number;
  /** Epoch ms. Default: `Date.now`. */
  readonly now?: () => number;
}

interface Verified {
  readonly id: string;
  verdict: Verdict;
  /** Epoch ms. */
  expiresAt: number;
  generation: number;
  usedAt: number;
}

/** A shorter text can be guessed. */
const MIN_ADMIN_KEY_CHARS = 32;
const refused = (why: Refusal): Verdict => ({ is: 'refused', why });
const MALFORMED = refused('malformed');
const UNKNOWN = refused('unknown');
const EXPIRED = refused('expired');
const REVOKED = refused('revoked');
const UNAVAILABLE: Verdict = { is: 'unavailable' };

/** Who has the key that `ADMIN_KEY_SHA256` names. */
const SET_ADMIN: Principal = {
  keyId: 'ADMIN_KEY_SHA256',
  tenant: ADMIN_TENANT,
  scopes: new Set(SCOPES),
  limits: {},
  weight: 1,
};

export function createKeyVerifier(options: VerifierOptions): KeyVerifier & AsyncDisposable {
  return new Verifier(options);
}

class Verifier implements KeyVerifier, AsyncDisposable {
  readonly #reader: KeyReader;
  readonly #verified: LRUCache<string, Verified>;
  readonly #adminKeySha256: string | undefined;
  readonly #serveUnverifiedMs: number;
  readonly #now: () => number;

  constructor(options: VerifierOptions) {
    const { serveUnverifiedMs, adminKeySha256, maxVerified = 10_000, now = Date.now } = options;
    this.#verified = new LRUCache({ max: maxVerified });
    this.#serveUnverifiedMs = serveUnverifiedMs;
    this.#adminKeySha256 = adminKeySha256;
    this.#now = now;
    this.#reader = new KeyReader(options, () => this.#readAll());
  }

  verify(key: string): Verdict | Promise<Verdict> {
    const digest = digestOf(key);
    const known = this.#verified.get(digest);
    if (known !== undefined) {
      if (this.#reader.isCurrent(known.generation)) return this.#admit(known);
      if (this.#reader.isAway) return this.#admitUnverified(known);
      return this.#ask(known.id, digest, known);
    }
    if (this.#isSetAdmin(key, digest)) return { is: 'known', principal: SET_ADMIN };
    const id = idOfKey(key);
    return id === undefined ? MALFORMED : this.#ask(id, digest);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader[Symbol.asyncDispose]();
  }

  async #ask(id: string, digest: string, known?: Verified): Promise<Verdict> {
    try {
      const read = await this.#read(id, digest);
      return 'is' in read ? read : this.#admit(read);
    } catch (error) {
      if (!isRedisAway(error)) throw error; // its connection reports that
      return known === undefined ? UNAVAILABLE : this.#admitUnverified(known);
    }
  }

  #admit(known: Verified): Verdict {
    const now = this.#now();
    if (now >= known.expiresAt) return EXPIRED;
    if (now - known.usedAt >= USED_EVERY_MS) {
      known.usedAt = now;
      this.#reader.noteUse(known.id);
    }
    return known.verdict;
  }

  #admitUnverified(known: Verified): Verdict {
    const sinceMs = this.#reader.unconfirmedMs(known.generation);
    return sinceMs <= this.#serveUnverifiedMs ? this.#admit(known) : UNAVAILABLE;
  }

  /** Rejects if Redis cannot be asked. */
  async #read(id: string, digest: string): Promise<Verified | Verdict> {
    const { text, generation } = await this.#reader.read(id);
    const record = parseKeyRecord(text);
    const isIt = record !== undefined && isSame(record.digest, digest);
    if (!isIt || record.revokedAt !== undefined) {
      this.#verified.delete(digest);
      return isIt ? REVOKED : UNKNOWN;
    }
    const { expiresAt = Number.POSITIVE_INFINITY } = record;
    const verdict: Verdict = { is: 'known', principal: principalOf(record) };
    const known = this.#verified.peek(digest);
    if (known) return Object.assign(known, { verdict, expiresAt, generation });
    const verified = { id, verdict, expiresAt, generation, usedAt: Number.NEGATIVE_INFINITY };
    this.#verified.set(digest, verified);
    return verified;
  }

  /** Rights have ended. What is read now also holds while Redis is away. */
  #readAll(): void {
    for (const [digest, { id }] of this.#verified.entries()) this.#read(id, digest).catch(() => {});
  }

  #isSetAdmin(key: string, digest: string): boolean {
    const wanted = this.#adminKeySha256;
    return wanted !== undefined && key.length >= MIN_ADMIN_KEY_CHARS && isSame(wanted, digest);
  }
}

/** In constant time. Both are SHA-256 in hex. */
const isSame = (a: string, b: string): boolean => timingSafeEqual(Buffer.from(a), Buffer.from(b));
