/**
 * The keys of an installation, on the queue Redis.
 *
 * Guarantees, each with a test of the same name:
 *
 *  - no key is in Redis, only its digest;
 *  - a key is shown once, when it is made;
 *  - a key that was revoked stays revoked, whatever is done with it meanwhile;
 *  - a key can be revoked while Redis is full;
 *  - of two admin keys that revoke each other, one is kept, if that is asked for;
 *  - a rotated key has a successor with the same rights, and works for another 24 h;
 *  - there are at most `maxKeys` keys, and those that have ended make room for new ones.
 *
 * Calls reject as Redis does when it is away. What was asked for may have happened then; a revocation
 * can be repeated. A key that was made and never told is of no use to anybody.
 */
import { randomBytes } from 'node:crypto';
import type { RedisClient } from '@deja/cache-core/redis';
import { KeyEndedError, KeyNotFoundError, LastAdminKeyError, TooManyKeysError } from './errors.ts';
import { writeKeysScript } from './key-lua.ts';
import { type KeyRecord, parseKeyRecord, stateOf } from './key-record.ts';
import { digestOf, newKeyText } from './key-text.ts';
import type { NewKey } from './new-key.ts';

export interface KeyStoreOptions {
  readonly redis: RedisClient;
  /** Prefix of the first shard's keys, e.g. `deja:f2:{d0}:`. */
  readonly prefix: string;
  /** Default: 10,000. */
  readonly maxKeys?: number;
  /** Epoch ms. Default: `Date.now`. */
  readonly now?: () => number;
}

export interface CreatedKey {
  /** The key itself, which nobody can be told again. */
  readonly key: string;
  readonly record: KeyRecord;
}

export interface ListedKey {
  readonly record: KeyRecord;
  /** Epoch ms, to the minute. Undefined: never. */
  readonly lastUsedAt: number | undefined;
}

interface Change {
  readonly id: string;
  /** As it was read; empty: there was none. */
  readonly before: string;
  readonly after: string;
}

const MAX_KEYS = 10_000;
const ROTATED_MS = 24 * 3_600_000;

export class KeyStore {
  readonly #redis: RedisClient;
  readonly #prefix: string;
  readonly #maxKeys: number;
  readonly #now: () => number;

  constructor({ redis, prefix, maxKeys = MAX_KEYS, now = Date.now }: KeyStoreOptions) {
    this.#redis = redis;
    this.#prefix = prefix;
    this.#maxKeys = maxKeys;
    this.#now = now;
  }

  /** @throws TooManyKeysError */
  async create({ expiresInMs, ...rights }: NewKey): Promise<CreatedKey> {
    for (;;) {
      const created = this.#made(rights, expiresInMs);
      const change = { id: created.record.id, before: '', after: textOf(created.record) };
      if (await this.#write([change], { endsRights: false })) return created;
    }
  }

  /** The newest first. */
  async list(): Promise<readonly ListedKey[]> {
    const [keys, used] = await Promise.all([
      this.#redis.hgetall(`${this.#prefix}keys`),
      this.#redis.hgetall(`${this.#prefix}keysused`),
    ]);
    return Object.values(keys)
      .map(parseKeyRecord)
      .filter((record) => record !== undefined)
      .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1))
      .map((record) => ({ record, lastUsedAt: msOf(used[record.id]) }));
  }

  async find(id: string): Promise<ListedKey | undefined> {
    const [text, used] = await Promise.all([
      this.#redis.hget(`${this.#prefix}keys`, id),
      this.#redis.hget(`${this.#prefix}keysused`, id),
    ]);
    const record = parseKeyRecord(text ?? undefined);
    return record && { record, lastUsedAt: msOf(used) };
  }

  /**
   * Every process refuses it within a second after this resolves. One that is revoked already stays as
   * it is.
   *
   * @param keepsAdmin Refuses to revoke the last admin key that works and has no successor.
   * @throws KeyNotFoundError, LastAdminKeyError
   */
  async revoke(id: string, { keepsAdmin = false } = {}): Promise<KeyRecord> {
    for (;;) {
      const { text, record } = await this.#read(id);
      if (record.revokedAt !== undefined) return record;
      const revoked = { ...record, revokedAt: this.#now() };
      const changes = [{ id, before: text, after: textOf(revoked) }];
      if (keepsAdmin && isAdmin(record, this.#now())) changes.push(await this.#otherAdmin(id));
      if (await this.#write(changes, { endsRights: true })) return revoked;
    }
  }

  /**
   * Makes a key with the rights of this one, which goes on for 24 h unless it ends before. If it was to
   * expire, the new one expires as long after today.
   *
   * @throws KeyNotFoundError, KeyEndedError, TooManyKeysError
   */
  async rotate(id: string): Promise<CreatedKey & { readonly replaced: KeyRecord }> {
    for (;;) {
      const { text, record } = await this.#read(id);
      const now = this.#now();
      const state = stateOf(record, now);
      if (state !== 'active') throw new KeyEndedError(`the key ${id} is ${state}: make a new one`);
      if (record.replacedBy !== undefined)
        throw new KeyEndedError(`the key ${id} was replaced by ${record.replacedBy}: rotate that`);
      const { tenant, name, scopes, models, limits, weight, createdAt, expiresAt } = record;
      const rights = { tenant, name, scopes, ...(models && { models }), limits, weight };
      const created = this.#made(rights, expiresAt && expiresAt - createdAt);
      const replaced = {
        ...record,
        expiresAt: Math.min(expiresAt ?? Number.POSITIVE_INFINITY, now + ROTATED_MS),
        replacedBy: created.record.id,
      };
      const changes = [
        { id, before: text, after: textOf(replaced) },
        { id: created.record.id, before: '', after: textOf(created.record) },
      ];
      if (await this.#write(changes, { endsRights: true })) return { ...created, replaced };
    }
  }

  #made(rights: Omit<NewKey, 'expiresInMs'>, expiresInMs: number | undefined): CreatedKey {
    const { id, key } = newKeyText(rights.scopes.includes('admin') ? 'ad' : 'sk');
    const createdAt = this.#now();
    const record = {
      ...{ id, digest: digestOf(key), ...rights, scopes: [...rights.scopes] },
      ...(rights.models && { models: [...rights.models] }),
      createdAt,
      ...(expiresInMs !== undefined && { expiresAt: createdAt + expiresInMs }),
    };
    return { key, record: record as KeyRecord };
  }

  /** One that is written as it is: if it ends meanwhile, nothing is written. */
  async #otherAdmin(id: string): Promise<Change> {
    const keys = await this.#redis.hgetall(`${this.#prefix}keys`);
    for (const [other, text] of Object.entries(keys)) {
      const record = parseKeyRecord(text);
      if (other === id || record?.replacedBy !== undefined) continue;
      if (record && isAdmin(record, this.#now())) return { id: other, before: text, after: text };
    }
    throw new LastAdminKeyError(id);
  }

  async #read(id: string): Promise<{ text: string; record: KeyRecord }> {
    const text = (await this.#redis.hget(`${this.#prefix}keys`, id)) ?? undefined;
    const record = parseKeyRecord(text);
    if (text === undefined || record === undefined) throw new KeyNotFoundError(id);
    return { text, record };
  }

  /** False: one of them is not, or no longer, what was read. */
  async #write(
    changes: readonly Change[],
    { endsRights }: { readonly endsRights: boolean },
  ): Promise<boolean> {
    const reply = await writeKeysScript(
      this.#redis,
      `${this.#prefix}meta`,
      this.#prefix,
      this.#maxKeys,
      endsRights ? randomBytes(9).toString('base64url') : '',
      ...changes.flatMap(({ id, before, after }) => [id, before, after]),
    );
    if (reply === 'full') throw new TooManyKeysError(this.#maxKeys);
    return reply === 'written';
  }
}

const textOf = (record: KeyRecord): string => JSON.stringify(record);

const isAdmin = (record: KeyRecord, now: number): boolean =>
  record.scopes.includes('admin') && stateOf(record, now) === 'active';

const msOf = (text: string | null | undefined): number | undefined =>
  text ? Number(text) : undefined;
