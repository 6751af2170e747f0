import { EntryDamagedError } from './errors.ts';

/** The head of the invalidation log when a run began, read before its input (docs/protocol.md#keys). */
export interface Token {
  readonly epoch: number;
  readonly seq: number;
  /** Random id of the log's record `seq`: after a loss the same number may be given out again. */
  readonly id: string;
}

/** Times are epoch ms. */
export interface EntryHeader {
  readonly key: string;
  readonly model: string;
  readonly tenant: string;
  readonly tags: readonly string[];
  readonly createdAt: number;
  /** Fresh before this moment. */
  readonly freshUntil: number;
  /** Of no use from this moment on, not even stale. */
  readonly staleUntil: number;
  /** The birth id of the invalidation log to which the token belongs. */
  readonly log: string;
  readonly token: Token;
  /** The sequence number of the run's START, which orders runs with the same token. */
  readonly runSeq: number;
  readonly computeMs: number;
  /**
   * A digest of the answer without its times: two computations with the same digest gave the same
   * answer. The writer chooses it, and no reader checks it. Empty: answers are not compared.
   */
  readonly digest: string;
  /** Keys of the entries from which it was made: invalidating one of them invalidates this entry too. */
  readonly derivedFrom?: readonly string[];
}

/** Throws `EntryDamagedError`. A correct checksum only proves that the bytes are as written. */
export function parseHeader(json: string): EntryHeader {
  const members = parseObject(json);
  const token = asObject(members.token);
  return {
    key: asString(members.key),
    model: asString(members.model),
    tenant: asString(members.tenant),
    tags: asStrings(members.tags),
    createdAt: asCount(members.createdAt),
    freshUntil: asCount(members.freshUntil),
    staleUntil: asCount(members.staleUntil),
    log: asString(members.log),
    token: { epoch: asCount(token.epoch), seq: asCount(token.seq), id: asString(token.id) },
    runSeq: asCount(members.runSeq),
    computeMs: asDuration(members.computeMs),
    digest: asString(members.digest),
    ...(members.derivedFrom !== undefined && { derivedFrom: asStrings(members.derivedFrom) }),
  };
}

function parseObject(json: string): Record<string, unknown> {
  try {
    return asObject(JSON.parse(json));
  } catch (cause) {
    throw new EntryDamagedError('header', { cause });
  }
}

function asObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new EntryDamagedError('header');
  return value as Record<string, unknown>;
}

function asString(value: unknown): string {
  if (typeof value !== 'string') throw new EntryDamagedError('header');
  return value;
}

function asStrings(value: unknown): string[] {
  if (!Array.isArray(value)) throw new EntryDamagedError('header');
  return value.map(asString);
}

function asCount(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new EntryDamagedError('header');
  return value as number;
}

function asDuration(value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0)) throw new EntryDamagedError('header');
  return value;
}
