/**
 * The entries of the audit that are kept: streams on the queue Redis, in the first shard.
 *
 * There are three, so that nobody pushes out more than entries like his own: what only admins do, what
 * tenants do, and keys that were refused, for which nobody needs a key.
 */
import type { RedisClient } from '@deja/cache-core/redis';
import { type AuditAction, type AuditEntry, auditEntrySchema } from './schema.ts';

export interface AuditStreamOptions {
  readonly redis: RedisClient;
  /** Prefix of the first shard's keys, e.g. `deja:f2:{d0}:`. */
  readonly prefix: string;
}

export type StoredAuditEntry = AuditEntry & { readonly id: string };

interface Query {
  /** Only older entries than the one with this id. Default: all. */
  readonly before?: string | undefined;
  /** Entries with one id are not divided, so there may be one or two more. */
  readonly limit: number;
  readonly tenant?: string | undefined;
  readonly action?: AuditAction | undefined;
}

const STREAMS = ['', ':tenants', ':refused'] as const;
type Stream = (typeof STREAMS)[number];

const STREAM_OF: Readonly<Record<AuditAction, Stream>> = {
  'key.created': '',
  'key.rotated': '',
  'key.revoked': '',
  'session.created': '',
  'run.canceled': '',
  'cache.invalidated': ':tenants',
  'job.canceled': ':tenants',
  'delivery.redelivered': ':tenants',
  'key.refused': ':refused',
};
/** Redis drops older ones a hundred or so at a time. */
const MAX_ENTRIES = { '': 10_000, ':tenants': 10_000, ':refused': 1000 } as const;
const READ_ENTRIES = 500;

export class AuditStream {
  readonly #redis: RedisClient;
  readonly #prefix: string;

  constructor({ redis, prefix }: AuditStreamOptions) {
    this.#redis = redis;
    this.#prefix = prefix;
  }

  /** Rejects if Redis does not take it. */
  async append(entry: AuditEntry & { readonly action: AuditAction }): Promise<void> {
    const stream = STREAM_OF[entry.action];
    const bound = ['MAXLEN', '~', MAX_ENTRIES[stream]] as const;
    await this.#redis.xadd(this.#keyOf(stream), ...bound, '*', 'entry', JSON.stringify(entry));
  }

  /** The newest first. `isLast`: there are no older ones. */
  async read({ limit, ...query }: Query) {
    const streams = query.action === undefined ? STREAMS : [STREAM_OF[query.action]];
    const readers = streams.map((stream) => this.#newestFirst(stream, query));
    const heads = await Promise.all(readers.map(async (reader) => (await reader.next()).value));
    const entries: StoredAuditEntry[] = [];
    for (;;) {
      const [newest] = heads.filter((head) => head !== undefined).sort(byAge);
      if (newest === undefined) return { entries, isLast: true };
      if (entries.length >= limit && newest.id !== entries.at(-1)?.id)
        return { entries, isLast: false };
      entries.push(newest);
      const at = heads.indexOf(newest);
      heads[at] = (await readers[at]?.next())?.value;
    }
  }

  async *#newestFirst(
    stream: Stream,
    { before, tenant, action }: Omit<Query, 'limit'>,
  ): AsyncGenerator<StoredAuditEntry, undefined> {
    let end = before === undefined ? '+' : `(${before}`;
    for (;;) {
      const page = await this.#redis.xrevrange(
        ...([this.#keyOf(stream), end, '-', 'COUNT', READ_ENTRIES] as const),
      );
      for (const [id, [, text]] of page) {
        const entry = entryOf(text);
        if (!entry || (tenant !== undefined && entry.tenant !== tenant)) continue;
        if (action === undefined || entry.action === action) yield { id, ...entry };
      }
      if (page.length < READ_ENTRIES) return undefined;
      end = `(${page.at(-1)?.[0]}`;
    }
  }

  #keyOf(stream: Stream): string {
    return `${this.#prefix}audit${stream}`;
  }
}

/** By the id in Redis: milliseconds, and a number within them. */
function byAge(a: StoredAuditEntry, b: StoredAuditEntry): number {
  const [[ms = 0, no = 0], [otherMs = 0, otherNo = 0]] = [a, b].map(({ id }) =>
    id.split('-').map(Number),
  ) as [number[], number[]];
  return otherMs - ms || otherNo - no;
}

/** Undefined: this version cannot read it. */
function entryOf(text = ''): AuditEntry | undefined {
  try {
    return auditEntrySchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
