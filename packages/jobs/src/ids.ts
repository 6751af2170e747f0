/** Ids of runs and jobs: creation time first, then random bits, in Crockford's base 32. */
import { randomFillSync } from 'node:crypto';
import type { Shard } from './shard.ts';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_CHARS = 10;
/** The generator takes as long for a few bytes as for this many, so the rest is kept for later. */
const STOCK_BYTES = 4096;
const JOB_ID = /^\d+-([0-9A-HJKMNP-TV-Z]{10})[0-9A-HJKMNP-TV-Z]{26}$/;

/** ULID (https://github.com/ulid/spec): 48 bits of time, 80 random bits; 26 characters. */
export function newRunId(now: number = Date.now()): string {
  return timeChars(now) + randomChars(16);
}

/** `<shard>-`, 48 bits of time, 130 random bits: an id that cannot be guessed. */
export function newJobId({ index }: Pick<Shard, 'index'>, now: number = Date.now()): string {
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
  const time = JOB_ID.exec(id)?.[1];
  if (time === undefined) return undefined;
  return [...time].reduce((sum, char) => sum * 32 + ALPHABET.indexOf(char), 0);
}

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
