/**
 * What happened, as those saw it to whom it happened. One clock for all: the host's monotonic clock,
 * which every process reads for itself (`monotonicMs`), so that no time on the way is counted.
 */
import { createHash } from 'node:crypto';

/** Unit: ms. The same clock in every process of this host. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

export interface TokenSeen {
  readonly log: string;
  readonly epoch: number;
  readonly seq: number;
  readonly id: string;
}

/** A computation, known by its number. Its bytes follow from key, number and size (`bodyOf`). */
export interface Computation {
  readonly number: number;
  readonly key: string;
  readonly tags: readonly string[];
  readonly size: number;
  readonly token: TokenSeen;
  /** START's number, which orders computations of one token. */
  readonly runSeq: number;
  /** The token was read on the server at some time between these two. */
  readonly tokenFrom: number;
  readonly tokenUntil: number;
}

/** What an invalidation is of: a key, a tag, or everything; and for whom, if not for everybody. */
export type Target = { readonly tenant?: string | undefined } & (
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'all' }
);

/** One that was acknowledged; it was executed at some time between `beganAt` and `ackedAt`. */
export interface Invalidation {
  readonly replica: number;
  readonly target: Target;
  readonly beganAt: number;
  readonly ackedAt: number;
  readonly seq: number;
  /** The epoch of the replica's view before and after: the record's, where the two are equal. */
  readonly epochs: readonly [number, number];
}

export interface Read {
  readonly replica: number;
  /** When the process that answered began. */
  readonly startedAt: number;
  readonly key: string;
  /** Who asked. Left out: nobody in particular. */
  readonly tenant?: string | undefined;
  readonly beganAt: number;
  readonly endedAt: number;
  readonly outcome: string;
  /** Of the entry that was served, where there was one. */
  readonly served?: {
    readonly key: string;
    readonly token: TokenSeen;
    readonly runSeq: number;
    readonly digest: string;
    readonly tier: string;
  };
  /** The answer was marked: the view had been confirmed that long ago. */
  readonly unverifiedMs?: number;
  /** After everything had healed. */
  readonly last?: true;
}

/** A span in which nothing that a replica sent could be answered by the log. */
interface CutOff {
  /** Left out: every replica. */
  readonly replica?: number;
  readonly from: number;
  readonly until: number;
}

/** Records executed from `since` on may be missing in the log from `from` to `foundOutAt`. */
interface Loss {
  readonly since: number;
  readonly from: number;
  readonly foundOutAt: number;
}

/** Something that was asked of a replica and took that long, its own pauses not counted. */
interface Slow {
  readonly replica: number;
  readonly what: string;
  readonly tookMs: number;
  readonly boundMs: number;
}

export interface History {
  readonly seed: number;
  /** By replica: SERVE_UNVERIFIED in ms. */
  readonly serveUnverifiedMs: readonly number[];
  /** By replica: its directory is also another's, which keeps its own confirmed view there. */
  readonly sharesDisk: readonly boolean[];
  readonly computations: Computation[];
  readonly invalidations: Invalidation[];
  readonly reads: Read[];
  readonly cutOffs: CutOff[];
  readonly losses: Loss[];
  readonly slow: Slow[];
  /** What should have happened after everything had healed, and did not. */
  readonly unhealed: string[];
  /** What was done to whom, for people who read the file. */
  readonly events: { readonly at: number; readonly what: string }[];
}

export function emptyHistory(
  about: Pick<History, 'seed' | 'serveUnverifiedMs' | 'sharesDisk'>,
): History {
  const lists = { computations: [], invalidations: [], reads: [], cutOffs: [], losses: [] };
  return { ...about, ...lists, slow: [], unhealed: [], events: [] };
}

/** Some of it compresses and some does not. */
export function bodyOf(key: string, number: number, size: number): Buffer {
  const body = Buffer.alloc(size, `${key.slice(0, 8)}#${number};`);
  let block = createHash('sha256').update(`${key}#${number}`).digest();
  for (let at = 64; at + 64 <= size; at += 128) {
    block.copy(body, at);
    block = createHash('sha256').update(block).digest();
  }
  return body;
}

export const digestOf = (body: Uint8Array): string =>
  createHash('sha256').update(body).digest('hex');
