/**
 * The replica of the invalidation log in one process (docs/protocol.md#log-replica-and-reads). It
 * replays the log's records and judges whether an entry may be served. Pure: no clock, no I/O.
 *
 *  - a reply never moves the replica back, and never leaves a gap in it;
 *  - an entry is servable only if its token's record is in the replica, under the same id;
 *  - an entry older than an invalidation of one of its scopes is fenced;
 *  - a tenant's invalidation hides an entry from that tenant and from nobody else (R34).
 */
import type { EntryHeader } from '../entry.ts';
import { type LogRecord, LogRecords } from './records.ts';
import { SCOPE_ALL, scopeOfKey, scopeOfTag, tenantScopeOf } from './scopes.ts';

/** A position in a log: its birth id, and a record's epoch, sequence number and random id. */
export interface Position {
  readonly log: string;
  readonly epoch: number;
  readonly seq: number;
  readonly id: string;
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
  /** The caller's seq, after which the records begin. Default: there is no record missing between them. */
  readonly after?: number | undefined;
  readonly records: readonly LogRecord[];
}

/** A replica as the disk tier keeps it. */
export interface LogSnapshot {
  readonly log: string;
  readonly epoch: number;
  readonly first: number;
  readonly records: readonly LogRecord[];
}

/**
 * 'hidden': fenced for the tenant that asks, and for nobody else. 'foreign': of another log, whose
 * positions this one says nothing about.
 */
export type Verdict = 'servable' | 'fenced' | 'hidden' | 'ahead' | 'foreign';

type Judged = Pick<EntryHeader, 'key' | 'tags' | 'log' | 'token' | 'derivedFrom'>;
/** The newest record of each scope. */
type Floors = Map<string, number>;

export class LogReplica {
  #log = '';
  #epoch = 0;
  #first = 0;
  #seq = 0;
  readonly #records = new LogRecords();
  readonly #floors: Floors = new Map();
  /** By tenant, of its own scopes. */
  readonly #ofTenants = new Map<string, Floors>();
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
      this.#ofTenants.clear();
      this.#log = reply.log;
      this.#epoch = reply.epoch;
      this.#seq = 0;
      this.version += 1;
    }
    for (const record of reply.records) if (record.seq > this.#seq) this.#append(record);
    if (reply.first !== this.#first) this.#trim(reply.first);
    return true;
  }

  /** @param tenant Who asks. Default: keys are off, and only what is invalidated for everybody counts. */
  judge(header: Judged, tenant?: string): Verdict {
    const { log, token } = header;
    if (log !== this.#log) return 'foreign';
    if (token.epoch > this.#epoch) return 'ahead';
    if (token.epoch < this.#epoch || token.seq < this.#first) return 'fenced'; // R10
    if (token.seq > this.#seq) return 'ahead';
    if (this.#records.idAt(token.seq) !== token.id) return 'fenced'; // R11
    if (isBelow(this.#floors, header)) return 'fenced'; // R12
    if (tenant === undefined) return 'servable';
    const floors = this.#ofTenants.get(tenant);
    return floors && isBelow(floors, header) ? 'hidden' : 'servable'; // R34
  }

  snapshot(): LogSnapshot {
    const records = [...this.#records.all()];
    return { log: this.#log, epoch: this.#epoch, first: this.#first, records };
  }

  /** Starts from a kept snapshot, as if a reply had brought it; but it confirms nothing. */
  restore({ records, ...head }: LogSnapshot): void {
    const seq = records.at(-1)?.seq;
    if (seq !== undefined) this.apply({ ...head, seq, reset: true, more: false, records });
  }

  #isContinuedBy({ log, epoch, seq, records, after }: LogReply): boolean {
    const from = after ?? (records[0]?.seq ?? seq + 1) - 1;
    return log === this.#log && epoch === this.#epoch && from <= this.#seq;
  }

  #append(record: LogRecord): void {
    this.#records.add(record);
    const own = tenantScopeOf(record.scope);
    if (own) this.#raise(own.tenant, own.scope, record.seq);
    else if (record.scope !== '-') this.#floors.set(record.scope, record.seq);
    this.#seq = record.seq;
    this.version += 1;
  }

  /** Forgets the tenant's records that this one covers, as the log does (R36). */
  #raise(tenant: string, scope: string, seq: number): void {
    const floors: Floors = this.#ofTenants.get(tenant) ?? new Map();
    const covered = scope === SCOPE_ALL ? [...floors.values()] : [floors.get(scope) ?? 0];
    for (const older of covered) this.#records.delete(older);
    if (scope === SCOPE_ALL) floors.clear();
    this.#ofTenants.set(tenant, floors.set(scope, seq));
  }

  /** Forgets the records that the log has trimmed: no entry older than `first` is servable any more. */
  #trim(first: number): void {
    for (const { seq, scope } of this.#records.all()) {
      if (seq >= first) break;
      this.#records.delete(seq);
      const own = tenantScopeOf(scope);
      const floors = own ? this.#ofTenants.get(own.tenant) : this.#floors;
      const name = own ? own.scope : scope;
      if (floors?.get(name) === seq) floors.delete(name);
    }
    this.#first = first;
    this.version += 1;
  }
}

function isBelow(floors: Floors, { key, tags, token, derivedFrom }: Judged): boolean {
  const below = (scope: string) => (floors.get(scope) ?? 0) > token.seq;
  if (below(SCOPE_ALL) || below(scopeOfKey(key))) return true;
  if (derivedFrom?.some((source) => below(scopeOfKey(source)))) return true; // R28
  return tags.some((tag) => below(scopeOfTag(tag)));
}
