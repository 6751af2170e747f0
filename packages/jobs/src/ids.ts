/** Ids of runs and jobs: creation time first, then random bits, in Crockford's base 32. */
import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_CHARS = 10;
const JOB_ID = /^\d+-([0-9A-HJKMNP-TV-Z]{10})[0-9A-HJKMNP-TV-Z]{26}$/;

/** ULID (https://github.com/ulid/spec): 48 bits of time, 80 random bits; 26 characters. */
export function newRunId(now: number = Date.now()): string {
  return encode(BigInt(now), TIME_CHARS) + randomChars(10, 16);
}

/** `<shard>-`, 48 bits of time, 128 random bits: an id that nobody can guess. */
export function newJobId(shard: number, now: number = Date.now()): string {
  return `${shard}-${encode(BigInt(now), TIME_CHARS)}${randomChars(16, 26)}`;
}

/** The job of a background refresh: nobody can ask for it. */
export function refreshJobId(run: string): string {
  return `sys-${run}`;
}

/** When a job id was made, epoch ms; undefined for what is no job id at all. */
export function jobIdTime(id: string): number | undefined {
  const time = JOB_ID.exec(id)?.[1];
  if (time === undefined) return undefined;
  return [...time].reduce((sum, char) => sum * 32 + ALPHABET.indexOf(char), 0);
}

function randomChars(bytes: number, chars: number): string {
  return encode(BigInt(`0x${randomBytes(bytes).toString('hex')}`), chars);
}

function encode(value: bigint, chars: number): string {
  let rest = value;
  let text = '';
  for (let i = 0; i < chars; i += 1) {
    text = ALPHABET[Number(rest % 32n)] + text;
    rest /= 32n;
  }
  return text;
}
