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
 *  - the key whose digest a setting names works without Redis;
 *  - a session ends with its key: revoked, expired or rotated, within a second.
 *
 * It remembers keys by their SHA-256, the 10,000 that were used last, and nothing of those it refused.
 */
import { timingSafeEqual } from 'node:crypto';
import { isRedisAway } from '@deja/redis';
import { LRUCache } from 'lru-cache';
import { KeyReader, type KeyReaderOptions, USED_EVERY_MS } from './key-reader.ts';
import { type KeyRecord, parseKeyRecord, principalOf } from './key-record.ts';
import { digestOf, idOfKey } from './key-text.ts';
import { ADMIN_TENANT } from './new-key.ts';
import { type KeyVerifier, type Refusal, SCOPES, SET_ADMIN_ID, type Verdict } from './principal.ts';
import { isSessionToken } from './session-store.ts';

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

interface Found {
  /** Undefined: the key of a setting. */
  readonly keyId: string | undefined;
  readonly verdict: Verdict;
  /** Epoch ms. */
  readonly expiresAt: number;
}

interface Verified extends Found {
  /** What it is read by. */
  readonly id: string;
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
const SET_ADMIN: Verdict = {
  is: 'known',
  principal: {
    ...{ keyId: SET_ADMIN_ID, tenant: ADMIN_TENANT },
    ...{ scopes: new Set(SCOPES), limits: {}, weight: 1 },
  },
};
/** Sessions are read, and remembered, under this and the digest of their token. */
const SESSION = 'session:';

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
    if (known !== undefined) return this.#verdictOf(known, digest);
    if (this.#isSetAdmin(key, digest)) return SET_ADMIN;
    const id = idOfKey(key);
    return id === undefined ? MALFORMED : this.#ask(id, digest);
  }

  verifySession(token: string): Verdict | Promise<Verdict> {
    if (!isSessionToken(token)) return MALFORMED;
    const id = `${SESSION}${digestOf(token)}`;
    const known = this.#verified.get(id);
    return known === undefined ? this.#ask(id, id) : this.#verdictOf(known, id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader[Symbol.asyncDispose]();
  }

  #verdictOf(known: Verified, digest: string): Verdict | Promise<Verdict> {
    if (this.#reader.isCurrent(known.generation)) return this.#admit(known);
    if (this.#reader.isAway) return this.#admitUnverified(known);
    return this.#ask(known.id, digest, known);
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
      if (known.keyId !== undefined) this.#reader.noteUse(known.keyId);
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
    const found = id.startsWith(SESSION) ? this.#sessionIn(text) : keyIn(text, digest);
    if (!('verdict' in found)) {
      this.#verified.delete(digest);
      return found;
    }
    const known = this.#verified.peek(digest);
    if (known) return Object.assign(known, found, { generation });
    const verified = { id, ...found, generation, usedAt: Number.NEGATIVE_INFINITY };
    this.#verified.set(digest, verified);
    return verified;
  }

  /** `<ms left> <whose> <record>`; a rotated key works for a while, its sessions do not. */
  #sessionIn(text: string): Found | Verdict {
    const [, leftMs, whose, recordText = ''] = /^(\d+) (\S+) (.*)$/s.exec(text) ?? [];
    if (whose === undefined) return UNKNOWN;
    const endsAt = this.#now() + Number(leftMs);
    if (whose === this.#adminKeySha256)
      return { keyId: undefined, verdict: SET_ADMIN, expiresAt: endsAt };
    const record = parseKeyRecord(recordText);
    if (record === undefined) return UNKNOWN;
    if (record.revokedAt !== undefined || record.replacedBy !== undefined) return REVOKED;
    const key = foundOf(record);
    return { ...key, expiresAt: Math.min(key.expiresAt, endsAt) };
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

function keyIn(text: string, digest: string): Found | Verdict {
  const record = parseKeyRecord(text);
  if (record === undefined || !isSame(record.digest, digest)) return UNKNOWN;
  return record.revokedAt === undefined ? foundOf(record) : REVOKED;
}

const foundOf = (record: KeyRecord): Found => ({
  keyId: record.id,
  verdict: { is: 'known', principal: principalOf(record) },
  expiresAt: record.expiresAt ?? Number.POSITIVE_INFINITY,
});

/** In constant time. Both are SHA-256 in hex. */
const isSame = (a: string, b: string): boolean => timingSafeEqual(Buffer.from(a), Buffer.from(b));
