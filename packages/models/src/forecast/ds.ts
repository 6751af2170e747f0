/**
 * Parsing and formatting of `ds`, the timestamps of a series.
 *
 * Input: `YYYY-MM-DD`, or a date and a time (separated by `T` or one space; seconds are optional,
 * fractions are accepted and cut off), without a zone or with `Z` or `±hh:mm`. Years 0001 to 9999.
 * Inside: whole UNIX seconds, as the engine takes them. Output: written like the input.
 */
import { civilDate, DAY_SECONDS, dayNumber, daysInMonth } from './calendar.ts';

export interface ParsedDs {
  /** UNIX seconds; a time without a zone is read as UTC. */
  readonly seconds: number;
  readonly kind: 'date' | 'local' | 'zoned';
  /** Whether a fraction other than zero was cut off. */
  readonly cut: boolean;
}

/** How the timestamps of a series are written. */
export interface DsStyle {
  readonly dateOnly: boolean;
  readonly zoned: boolean;
}

const FORMAT = 'send an ISO 8601 date ("2024-01-31") or date and time ("2024-01-31T12:00:00")';

/** The last second that can be written: 9999-12-31T23:59:59. */
export const MAX_SECONDS = 253_402_300_799;

const DASH = 45;

/** Parses one timestamp. A returned string is the reason why it cannot be parsed. */
export function parseDs(value: unknown): ParsedDs | string {
  if (typeof value !== 'string') return wrongType(value);
  const date = parseDate(value);
  if (typeof date === 'string') return date;
  if (value.length === 10) return { seconds: date * DAY_SECONDS, kind: 'date', cut: false };
  return parseTime(value, date);
}

/** Writes UNIX seconds in the style of the input. */
export function formatDs(seconds: number, style: DsStyle): string {
  const dayNo = Math.floor(seconds / DAY_SECONDS);
  const { year, month, day } = civilDate(dayNo);
  const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
  if (style.dateOnly) return date;
  const rest = seconds - dayNo * DAY_SECONDS;
  const time = `${two(Math.floor(rest / 3600))}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}`;
  return `${date}T${time}${style.zoned ? 'Z' : ''}`;
}

function parseDate(text: string): number | string {
  const century = twoDigits(text, 0);
  const yearOfCentury = twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const dashes = text.charCodeAt(4) === DASH && text.charCodeAt(7) === DASH;
  if (!dashes || century < 0 || yearOfCentury < 0 || month < 0 || day < 0) return unreadable(text);
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
function parseTime(text: string, date: number): ParsedDs | string {
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  if (!'Tt '.includes(text.charAt(10)) || hour < 0 || minute < 0 || text[13] !== ':')
    return unreadable(text);

  let at = 16;
  let second = 0;
  let cut = false;
  if (text[at] === ':') {
    second = twoDigits(text, 17);
    at = 19;
    if (text[at] === '.' || text[at] === ',') {
      const from = at + 1;
      for (at = from; isDigit(text.charCodeAt(at)); at += 1) cut ||= text[at] !== '0';
      if (at === from) return unreadable(text);
    }
  }
  if (hour > 23 || minute > 59 || second > 59) return `${text} is not a time of the day`;
  const seconds = date * DAY_SECONDS + hour * 3600 + minute * 60 + second;
  if (at === text.length && second >= 0) return { seconds, kind: 'local', cut };
  const offset = parseZone(text, at);
  if (offset === undefined || second < 0) return unreadable(text);
  return { seconds: seconds - offset, kind: 'zoned', cut };
}

/** Seconds east of UTC if the rest of the text is a zone and nothing else. */
function parseZone(text: string, at: number): number | undefined {
  const sign = text[at];
  if (sign === 'Z' || sign === 'z') return text.length === at + 1 ? 0 : undefined;
  const hour = twoDigits(text, at + 1);
  const minute = twoDigits(text, at + 4);
  if ((sign !== '+' && sign !== '-') || text[at + 3] !== ':' || text.length !== at + 6)
    return undefined;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (hour * 3600 + minute * 60);
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

function unreadable(text: string): string {
  if (/^[+-]?\d+(?:\.\d+)?$/.test(text) && text.length > 8) return epoch(Number(text));
  return `not a date that can be read: ${FORMAT}`;
}

function wrongType(value: unknown): string {
  if (value === undefined) return 'missing';
  return typeof value === 'number' ? epoch(value) : `must be a string: ${FORMAT}`;
}

// 1e11 seconds are the year 5138, 1e11 milliseconds are 1973.
function epoch(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e11) return 'looks like milliseconds since 1970; send an ISO 8601 date';
  if (size >= 1e8) return 'looks like seconds since 1970; send an ISO 8601 date';
  return `must be a string: ${FORMAT}`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
