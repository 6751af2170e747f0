/**
 * Judges a history by what the coordinator knows, never by what the cache thinks.
 *
 *  I    after an invalidation is acknowledged by a replica, no read that begins later there, also
 *       after its restart, is given an entry whose computation read its token before it;
 *  II   1 s after it is acknowledged no read that begins then is given such an entry anywhere,
 *       unless the answer is marked; and a mark is true: a view that was confirmed after an
 *       invalidation was acknowledged knows of it;
 *  III  a replica that is cut off from the log marks its answers once the lease is over, says at
 *       least how long it has been cut off, and stops after its bound;
 *  IV   what is served is an entry of that key, with the very bytes of that computation;
 *  V    nothing takes longer than its bound, the replica's own pauses not counted;
 *  VI   once everything has healed, all of it works again, and II holds without exception.
 *
 * All of I to III compare times of one clock that were taken by the process concerned, before a read
 * and after an acknowledgement, so they need no allowance for scheduling. A mark is in whole terms of
 * the wall clock after a restart: `MARK_SLACK_MS`. The exception of II: an invalidation that the queue Redis
 * itself has lost is promised again only when whoever remembers it has told the log (`Loss`).
 */
import { bodyOf, type Computation, digestOf, type History, type Invalidation } from './history.ts';

const LEASE_MS = 900;
const EVERYWHERE_MS = 1000;
const MARK_SLACK_MS = 20;

export interface Violation {
  readonly rule: 'I' | 'II' | 'III' | 'IV' | 'V' | 'VI';
  readonly what: string;
  /** What it was found in, for people. */
  readonly detail: unknown;
}

type Read = History['reads'][number];

export function findViolations(history: History): Violation[] {
  const computationOf = indexComputations(history.computations);
  const found: Violation[] = [];
  const endsOf = indexEnds(history.invalidations);
  for (const read of history.reads) {
    if (read.served === undefined) continue;
    const computation = computationOf(read.served);
    if (computation?.key !== read.key)
      found.push({ rule: 'IV', what: 'bytes that nobody computed for this key', detail: read });
    if (computation)
      for (const invalidation of endsOf(computation).filter((each) => concerns(each, read)))
        found.push(...tooOld(read, computation, invalidation, history));
    found.push(...notMarked(read, history));
  }
  for (const slow of history.slow)
    found.push({ rule: 'V', what: `${slow.what} took ${slow.tookMs.toFixed()} ms`, detail: slow });
  for (const what of history.unhealed) found.push({ rule: 'VI', what, detail: what });
  return found;
}

/** An invalidation of a tenant promises nothing to others. */
const concerns = ({ target }: Invalidation, { tenant }: Read): boolean =>
  target.tenant === undefined || target.tenant === tenant;

/** Did the computation read its token before the invalidation was executed? In doubt, no. */
export function isTooOld(computation: Computation, invalidation: Invalidation): boolean {
  const { target, epochs, seq, beganAt, ackedAt } = invalidation;
  const concerned =
    target.kind === 'all' ||
    (target.kind === 'key' && target.key === computation.key) ||
    (target.kind === 'tag' && computation.tags.includes(target.tag));
  if (!concerned) return false;
  const { token, tokenFrom, tokenUntil } = computation;
  if (tokenUntil < beganAt) return true;
  if (tokenFrom > ackedAt) return false;
  // The two overlapped: the log's own order, where its epoch is certain.
  return epochs[0] === token.epoch && epochs[1] === token.epoch && token.seq < seq;
}

/**
 * By header and bytes: a queue Redis that came back in an older state gives the same token and number
 * out once more, as long as nothing was invalidated in between.
 */
function indexComputations(computations: readonly Computation[]) {
  type Served = NonNullable<Read['served']>;
  const nameOf = ({ key, token: { epoch, seq, id }, runSeq, digest }: Served) =>
    [key, epoch, seq, id, runSeq, digest].join(' ');
  const index = new Map<string, Computation>();
  for (const computation of computations) {
    const { key, token, runSeq } = computation;
    const digest = digestFor(computation);
    index.set(nameOf({ key, token, runSeq, digest, tier: '' }), computation);
  }
  return (served: Served) => index.get(nameOf(served));
}

/** Kept, since a history may be judged again and again while it grows. */
const digests = new WeakMap<Computation, string>();

function digestFor(computation: Computation): string {
  const { key, number, size } = computation;
  const digest = digests.get(computation) ?? digestOf(bodyOf(key, number, size));
  digests.set(computation, digest);
  return digest;
}

function indexEnds(invalidations: readonly Invalidation[]) {
  const index = new Map<Computation, Invalidation[]>();
  return (computation: Computation): Invalidation[] => {
    const known = index.get(computation);
    if (known) return known;
    const ends = invalidations.filter((each) => isTooOld(computation, each));
    index.set(computation, ends);
    return ends;
  };
}

function* tooOld(
  read: Read,
  { number }: Computation,
  invalidation: Invalidation,
  history: History,
): Generator<Violation> {
  const sinceMs = read.beganAt - invalidation.ackedAt;
  if (sinceMs <= 0) return;
  const what = `#${number} from replica ${read.replica}, ${sinceMs.toFixed(1)} ms after`;
  const detail = { sinceMs, read, invalidation };
  const { unverifiedMs } = read;
  if (read.replica === invalidation.replica)
    yield { rule: 'I', what: `${what} its own acknowledgement`, detail };
  else if (read.last) yield { rule: 'VI', what: `${what} an invalidation, all healed`, detail };
  else if (wasLost(invalidation, read, history)) return;
  else if (unverifiedMs === undefined && sinceMs > EVERYWHERE_MS)
    yield { rule: 'II', what: `${what} an acknowledgement elsewhere`, detail };
  else if (unverifiedMs !== undefined && sinceMs > unverifiedMs + MARK_SLACK_MS)
    yield { rule: 'II', what: `${what} an acknowledgement, yet confirmed since`, detail };
}

function wasLost(invalidation: Invalidation, read: Read, { losses }: History): boolean {
  return losses.some(
    ({ since, from, foundOutAt }) =>
      invalidation.ackedAt >= since &&
      invalidation.beganAt <= from &&
      read.endedAt >= from &&
      read.beganAt <= foundOutAt + EVERYWHERE_MS,
  );
}

function* notMarked(read: Read, history: History): Generator<Violation> {
  const boundMs = history.serveUnverifiedMs[read.replica] ?? 0;
  for (const { replica, from, until } of history.cutOffs) {
    if (replica !== undefined && replica !== read.replica) continue;
    if (read.endedAt >= until) continue;
    // It began with the view of a neighbour, who may have confirmed it meanwhile.
    if (replica !== undefined && history.sharesDisk[replica] && read.startedAt > from) continue;
    const cutMs = read.beganAt - from;
    const detail = { cutMs, boundMs, read };
    if (cutMs > Math.max(LEASE_MS, boundMs) + MARK_SLACK_MS)
      yield { rule: 'III', what: `served ${cutMs.toFixed()} ms after being cut off`, detail };
    else if (cutMs > LEASE_MS && read.unverifiedMs === undefined)
      yield { rule: 'III', what: `not marked ${cutMs.toFixed()} ms after being cut off`, detail };
    else if (read.unverifiedMs !== undefined && read.unverifiedMs < cutMs - MARK_SLACK_MS)
      yield {
        rule: 'III',
        what: `marked ${read.unverifiedMs.toFixed()} ms of ${cutMs.toFixed()}`,
        detail,
      };
  }
}
