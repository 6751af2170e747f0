/** Ids of runs and jobs: creation time first, then random bits, in Crockford's base 32. */
import { randomFillSync } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_CHARS = 10;
/** The generator takes as long for a few bytes as for this many, so the rest is kept for later. */
const STOCK_BYTES = 4096;
const RUN_ID = /^[0-9A-HJKMNP-TV-Z]{26}$/;
const JOB_ID = /^(\d{1,2})-([0-9A-HJKMNP-TV-Z]{10})[0-9A-HJKMNP-TV-Z]{26}/;
/** Ids have room for so many shards. */
export const MAX_SHARDS = 64;

type InShard = { readonly index: number };
const FIRST: InShard = { index: 0 };

/** A ULID (https://github.com/ulid/spec) whose shard takes the place of the first 10 random bits. */
export function newRunId({ index }: InShard = FIRST, now: number = Date.now()): string {
  return `${timeChars(now)}${ALPHABET[index >> 5]}${ALPHABET[index % 32]}${randomChars(14)}`;
}

/** `<shard>-`, 48 bits of time, 130 random bits: an id that cannot be guessed. */
export function newJobId({ index }: InShard, now: number = Date.now()): string {
  return `${index}-${timeChars(now)}${randomChars(26)}`;
}

/** 100 random bits by default: the id of an attempt, or of a record of the log. */
export function newRandomId(chars = 20): string {
  return randomChars(chars);
}

/** The job of a background refresh. Clients cannot ask for it. */
export function refreshJobId(run: string): string {
  return `sys-${run}`;
}

/** When a job id was made, epoch ms; undefined if the text is not a job id. */
export function jobIdTime(id: string): number | undefined {
  const [all, , time] = JOB_ID.exec(id) ?? [];
  return time === undefined || all !== id ? undefined : timeOf(time);
}

/**
 * What orders runs that wait, over shards: the run id, which begins with when it was opened, or when the turn
 * of its tenant came, before it.
 *
 * @param handedAt Epoch ms.
 */
export function placeId(run: string, handedAt: number | undefined): string {
  return handedAt === undefined ? run : timeChars(handedAt) + run;
}

/** When a run was opened, or the time of a place; epoch ms. */
export function runIdTime(runOrPlace: string): number {
  return timeOf(runOrPlace.slice(0, TIME_CHARS));
}

const timeOf = (chars: string): number =>
  [...chars].reduce((sum, char) => sum * 32 + ALPHABET.indexOf(char), 0);

/** The shard of a run; undefined if the text is no run id. */
export function shardOfRunId(run: string): number | undefined {
  if (!RUN_ID.test(run)) return undefined;
  const [high = '', low = ''] = run.slice(TIME_CHARS);
  return shardOrNone(ALPHABET.indexOf(high) * 32 + ALPHABET.indexOf(low));
}

/** The shard of a job, or of what is named after it; undefined if the text does not begin with a job id. */
export function shardOfJobId(id: string): number | undefined {
  if (id.startsWith('sys-')) return shardOfRunId(id.slice('sys-'.length));
  const index = JOB_ID.exec(id)?.[1];
  return index === undefined ? undefined : shardOrNone(Number(index));
}

const shardOrNone = (index: number): number | undefined => (index < MAX_SHARDS ? index : undefined);
const stock = Buffer.allocUnsafe(STOCK_BYTES);
let used = STOCK_BYTES;

/** Five random bits each. */
function randomChars(chars: number): string {
  if (used + chars > STOCK_BYTES) {
    randomFillSync(stock);
    used = 0;
  }
  let text = '';
  for (const end = used + chars; used < end; used += 1)
    text += ALPHABET[(stock[used] as number) % 32];
  return text;
}

/** The last time that was asked for: every request has an id, and many come within a millisecond. */
let timed = { epochMs: -1, text: '' };

function timeChars(epochMs: number): string {
  if (timed.epochMs === epochMs) return timed.text;
  let rest = epochMs;
  let text = '';
  for (let i = 0; i < TIME_CHARS; i += 1) {
    text = ALPHABET[rest % 32] + text;
    rest = Math.floor(rest / 32);
  }
  timed = { epochMs, text };
  return text;
}
