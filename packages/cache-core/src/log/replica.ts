/**
 * The replica of the invalidation log in one process (docs/protocol.md#log-replica-and-reads). It
 * replays the log's records and judges whether an entry may be served. Pure: no clock, no I/O.
 *
 *  - a reply never moves the replica back, and never leaves a gap in it;
 *  - an entry is servable only if its token's record is in the replica, under the same id;
 *  - an entry older than an invalidation of one of its scopes is fenced.
 */
import type { EntryHeader } from '../entry.ts';

/** A position in a log: its birth id, and a record's epoch, sequence number and random id. */
export interface Position {
  readonly log: string;
  readonly epoch: number;
  readonly seq: number;
  readonly id: string;
}

export interface LogRecord {
  readonly seq: number;
  readonly id: string;
  readonly scope: string;
}

/** The reply of CATCHUP and INVALIDATE. */
export interface LogReply {
  readonly log: string;
  readonly epoch: number;
  readonly seq: number;
  readonly first: number;
  /** The records begin at `first`, because the caller's position is not in this log. */
  readonly reset: boolean;
  /** More records follow: these do not reach the head. */
  readonly more: boolean;
  readonly records: readonly LogRecord[];
}

/** A replica as the disk tier keeps it. */
export interface LogSnapshot {
  readonly log: string;
  readonly epoch: number;
  readonly first: number;
  readonly records: readonly LogRecord[];
}

/** 'foreign': of another log, whose positions this one says nothing about. */
export type Verdict = 'servable' | 'fenced' | 'ahead' | 'foreign';

export const SCOPE_ALL = '*';
export const scopeOfKey = (key: string): string => `k:${key}`;
export const scopeOfTag = (tag: string): string => `t:${tag}`;

/** Every scope under which an entry can be invalidated. */
export function scopesOf(
  key: string,
  tags: readonly string[],
  derivedFrom: readonly string[] = [],
): string[] {
  return [SCOPE_ALL, scopeOfKey(key), ...derivedFrom.map(scopeOfKey), ...tags.map(scopeOfTag)];
}

export class LogReplica {
  #log = '';
  #epoch = 0;
  #first = 0;
  #seq = 0;
  #records = new Map<number, LogRecord>();
  #floors = new Map<string, number>();
  /** Grows whenever the replica changes: a judgement under the same version stays valid. */
  version = 0;

  /** The replica's position, or undefined while it has seen no log. */
  get position(): Position | undefined {
    const last = this.#records.get(this.#seq);
    return last && { log: this.#log, epoch: this.#epoch, seq: this.#seq, id: last.id };
  }

  /** Whether the replica has reached record `seq` of `epoch`. */
  covers(epoch: number, seq: number): boolean {
    return this.#epoch === epoch && this.#seq >= seq;
  }

  /**
   * Replays a reply. Returns false if the reply confirms nothing: it is older than the replica, or it
   * answers another position and would leave a gap of records that the replica never learns.
   */
  apply(reply: LogReply): boolean {
    if (reply.epoch < this.#epoch) return false;
    if (reply.epoch === this.#epoch && reply.seq < this.#seq) return false;
    if (!reply.reset && !this.#isContinuedBy(reply)) return false;
    if (reply.reset) {
      // A late reset to the log that we already follow must not remove records again.
      if (reply.epoch === this.#epoch && (reply.records.at(-1)?.seq ?? 0) < this.#seq) return true;
      this.#records.clear();
      this.#floors.clear();
      this.#log = reply.log;
      this.#epoch = reply.epoch;
      this.#seq = 0;
      this.version += 1;
    }
    for (const record of reply.records) if (record.seq > this.#seq) this.#append(record);
    if (reply.first !== this.#first) this.#trim(reply.first);
    return true;
  }

  judge(header: Pick<EntryHeader, 'key' | 'tags' | 'log' | 'token' | 'derivedFrom'>): Verdict {
    const { key, tags, log, token, derivedFrom } = header;
    if (log !== this.#log) return 'foreign';
    if (token.epoch > this.#epoch) return 'ahead';
    if (token.epoch < this.#epoch || token.seq < this.#first) return 'fenced'; // R10
    if (token.seq > this.#seq) return 'ahead';
    if (this.#records.get(token.seq)?.id !== token.id) return 'fenced'; // R11
    const below = (scope: string) => (this.#floors.get(scope) ?? 0) > token.seq; // R12
    if (below(SCOPE_ALL) || below(scopeOfKey(key))) return 'fenced';
    if (derivedFrom?.some((source) => below(scopeOfKey(source)))) return 'fenced'; // R28
    return tags.some((tag) => below(scopeOfTag(tag))) ? 'fenced' : 'servable';
  }

  snapshot(): LogSnapshot {
    const records = [...this.#records.values()];
    return { log: this.#log, epoch: this.#epoch, first: this.#first, records };
  }

  /** Starts from a kept snapshot, as if a reply had brought it; but it confirms nothing. */
  restore({ records, ...head }: LogSnapshot): void {
    const seq = records.at(-1)?.seq;
    if (seq !== undefined) this.apply({ ...head, seq, reset: true, more: false, records });
  }

  #isContinuedBy({ log, epoch, seq, records }: LogReply): boolean {
    return (
      log === this.#log && epoch === this.#epoch && (records[0]?.seq ?? seq + 1) <= this.#seq + 1
    );
  }

  #append(record: LogRecord): void {
    this.#records.set(record.seq, record);
    if (record.scope !== '-') this.#floors.set(record.scope, record.seq);
    this.#seq = record.seq;
    this.version += 1;
  }

  /** Forgets the records that the log has trimmed: no entry older than `first` is servable any more. */
  #trim(first: number): void {
    for (const [seq, { scope }] of this.#records) {
      if (seq >= first) break;
      this.#records.delete(seq);
      if (this.#floors.get(scope) === seq) this.#floors.delete(scope);
    }
    this.#first = first;
    this.version += 1;
  }
}
