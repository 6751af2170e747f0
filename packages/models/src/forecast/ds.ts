/**
 * Parsing and formatting of `ds`, the timestamps of a series.
 *
 * Input: `YYYY-MM-DD`, or a date and a time (separated by `T` or one space; seconds are optional,
 * fractions are accepted and cut off), without a zone or with one; and the other spellings of
 * ds-spellings.ts. Years 0001 to 9999. Output: written like the input.
 */
import { civilDate, DAY_SECONDS, dayNumber, daysInMonth } from './calendar.ts';
import { respelt, unreadable, wrongType } from './ds-spellings.ts';
import { localTime, type Offsets, offsetAt } from './offsets.ts';

export interface ParsedDs {
  /** UNIX seconds; a time without a zone is read as UTC. */
  readonly seconds: number;
  readonly kind: 'date' | 'local' | 'zoned';
  /** Seconds east of UTC as written; 0 without a zone. */
  readonly offset: number;
  /** Whether a fraction other than zero was cut off. */
  readonly cut: boolean;
}

/** How the timestamps of a series are written. */
export interface DsStyle {
  readonly dateOnly: boolean;
  readonly offsets: Offsets;
}

/** The last second that can be written: 9999-12-31T23:59:59. */
export const MAX_SECONDS = 253_402_300_799;

const DASH = 45;

/** Parses one timestamp. A returned string is the reason why it cannot be parsed. */
export function parseDs(value: unknown): ParsedDs | string {
  if (typeof value !== 'string') return wrongType(value);
  const parsed = parseIso(value);
  if (parsed !== undefined) return parsed;
  const iso = respelt(value);
  return (iso === undefined ? undefined : parseIso(iso)) ?? unreadable(value);
}

/** The local seconds of a date in a series. One without a zone is local already. */
export function localDate({ seconds, kind, offset }: ParsedDs, offsets: Offsets): number {
  return kind === 'zoned' ? localTime(seconds, offset, offsets) : seconds;
}

/** Writes seconds of the local time of a series in the style of its input. */
export function formatDs(seconds: number, style: DsStyle): string {
  const dayNo = Math.floor(seconds / DAY_SECONDS);
  const { year, month, day } = civilDate(dayNo);
  const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
  if (style.dateOnly) return date;
  const zone = style.offsets.length === 0 ? '' : formatOffset(offsetAt(style.offsets, seconds));
  return `${date}T${clock(seconds - dayNo * DAY_SECONDS)}:${two(seconds - Math.floor(seconds / 60) * 60)}${zone}`;
}

/** `Z`, `+05:30`, … */
export function formatOffset(offset: number): string {
  return offset === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${clock(Math.abs(offset))}`;
}

/** Undefined: not of this form. */
function parseIso(text: string): ParsedDs | string | undefined {
  const date = parseDate(text);
  if (typeof date !== 'number') return date;
  if (text.length === 10)
    return { seconds: date * DAY_SECONDS, kind: 'date', offset: 0, cut: false };
  return parseTime(text, date);
}

function parseDate(text: string): number | string | undefined {
  const century = twoDigits(text, 0);
  const yearOfCentury = twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const dashes = text.charCodeAt(4) === DASH && text.charCodeAt(7) === DASH;
  if (!dashes || century < 0 || yearOfCentury < 0 || month < 0 || day < 0) return undefined;
  const year = century * 100 + yearOfCentury;
  if (year !== lastMonth.year || month !== lastMonth.month) {
    if (year < 1 || month < 1 || month > 12) return noDate(text);
    const firstDay = dayNumber(year, month, 1);
    lastMonth = { year, month, firstDay, days: daysInMonth(year, month) };
  }
  if (day < 1 || day > lastMonth.days) return noDate(text);
  return lastMonth.firstDay + day - 1;
}

/** Remembers the last month, because a row usually lies in the same month as the previous row. */
let lastMonth = { year: 1970, month: 1, firstDay: 0, days: 31 };

function noDate(text: string): string {
  return `${text.slice(0, 10)} is not a date of the calendar`;
}

// Written by hand: a regular expression with captures takes 0.5 µs more per row.
function parseTime(text: string, date: number): ParsedDs | string | undefined {
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  if (!'Tt '.includes(text.charAt(10)) || hour < 0 || minute < 0 || text[13] !== ':')
    return undefined;

  let at = 16;
  let second = 0;
  let cut = false;
  if (text[at] === ':') {
    second = twoDigits(text, 17);
    at = 19;
    if (text[at] === '.' || text[at] === ',') {
      const from = at + 1;
      for (at = from; isDigit(text.charCodeAt(at)); at += 1) cut ||= text[at] !== '0';
      if (at === from) return undefined;
    }
  }
  if (hour > 23 || minute > 59 || second > 59)
    return `${text.slice(0, 40)} is not a time of the day`;
  const seconds = date * DAY_SECONDS + hour * 3600 + minute * 60 + second;
  if (at === text.length && second >= 0) return { seconds, kind: 'local', offset: 0, cut };
  const offset = parseZone(text, at);
  if (offset === undefined || second < 0) return undefined;
  return { seconds: seconds - offset, kind: 'zoned', offset, cut };
}

/**
 * Seconds east of UTC if the rest of the text is a zone and nothing else: `Z`, `UTC`, `GMT`, `±hh:mm`,
 * `±hhmm` (strftime) or `±hh` (Postgres), after a space or not.
 */
function parseZone(text: string, from: number): number | undefined {
  const at = text[from] === ' ' ? from + 1 : from;
  const sign = text[at];
  if (sign === 'Z' && text.length === at + 1) return 0;
  if (sign !== '+' && sign !== '-') return /^(?:Z|UTC|GMT)$/i.test(text.slice(at)) ? 0 : undefined;
  const colon = text[at + 3] === ':' ? 1 : 0;
  const hour = twoDigits(text, at + 1);
  const hasMinutes = text.length > at + 3;
  const minute = hasMinutes ? twoDigits(text, at + 3 + colon) : 0;
  if (hasMinutes && text.length !== at + 5 + colon) return undefined;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (hour * 3600 + minute * 60) + 0; // -0 becomes 0
}

/** -1 unless there are two decimal digits at `at`. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at);
  const ones = text.charCodeAt(at + 1);
  return isDigit(tens) && isDigit(ones) ? (tens - 48) * 10 + ones - 48 : -1;
}

/** Also false for the NaN past the end of a text. */
function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Hours and minutes. */
function clock(seconds: number): string {
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
