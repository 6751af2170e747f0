/**
 * The spellings of `ds` beside ISO 8601's usual form that databases, pandas and spreadsheets write,
 * and what to change about those that are refused. A form is accepted only if it has one meaning.
 */

/** `2024-1-5`, `2024/01/05 9:30`, `2024.01.05`. */
const LOOSE_DATE = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?![\d/.-])/;
/** `20240105`, `20240105T093000`. */
const BASIC_DATE = /^(\d{4})(\d\d)(\d\d)(?!\d)/;
const TIME = /^(?:[Tt]| {1,3})(\d{1,2}):(\d\d)(:\d\d(?:[.,]\d+)?)?/;
const BASIC_TIME = /^(?:[Tt]| )(\d\d)(\d\d)(?:(\d\d)([.,]\d+)?)?/;
/** A month, a quarter or a year: its first day. */
const PERIOD = /^(\d{4})(?:[-/](\d{1,2})|-?Q([1-4]))?$/i;

/** The same timestamp as `YYYY-MM-DD`, with `Thh:mm:ss` and the rest if it has a time; else undefined. */
export function respelt(text: string): string | undefined {
  const trimmed = text.trim();
  const period = trimmed.length > 7 ? null : PERIOD.exec(trimmed);
  if (period !== null) {
    const [, year, month = '1', quarter] = period;
    return `${year}-${two(quarter ? String(3 * Number(quarter) - 2) : month)}-01`;
  }
  const loose = LOOSE_DATE.exec(trimmed);
  const basic = loose ?? BASIC_DATE.exec(trimmed);
  if (basic === null) return undefined;
  const [year, month, day] = loose ? [loose[1], loose[3], loose[4]] : basic.slice(1);
  const date = `${year}-${two(month)}-${two(day)}`;
  let rest = trimmed.slice(basic[0].length);
  if (rest === '') return date;

  const time = TIME.exec(rest) ?? (loose ? null : BASIC_TIME.exec(rest));
  if (time === null) return undefined;
  const [all, hour, minute, second = '', fraction = ''] = time;
  rest = rest.slice(all.length);
  const seconds = second === '' || second.startsWith(':') ? second : `:${second}${fraction}`;
  return `${date}T${two(hour)}:${minute}${seconds}${rest}`;
}

function two(digits = ''): string {
  return digits.padStart(2, '0');
}

const FORMAT = 'send an ISO 8601 date ("2024-01-31") or date and time ("2024-01-31T12:00:00")';

/** What to change about a text. */
export function unreadable(text: string): string {
  const trimmed = text.trim();
  if (/^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(trimmed))
    return numeric(Number(trimmed)) ?? `${CANNOT}${FORMAT}`;
  return `${CANNOT}${hint(trimmed) ?? FORMAT}`;
}

/** What to change about a value that is no text. */
export function wrongType(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'must be a string, not null: leave the row out';
  const text = `must be a string: ${FORMAT}`;
  return typeof value === 'number' ? (numeric(value) ?? text) : text;
}

const CANNOT = 'not a date that can be read: ';

function hint(text: string): string | undefined {
  if (/^(|nat|nan|null|none|undefined|n\/a)$/i.test(text))
    return 'a row without a date; leave it out';
  if (/^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?!\d)/.test(text))
    return `day and month are ambiguous in "${text.slice(0, 10)}"; write the year first, as in "2024-01-31"`;
  if (/[AP]\.?M\.?$/i.test(text)) return 'write hours from 00 to 23, as in "2024-01-31T15:00:00"';
  if (/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)/i.test(text))
    return `${FORMAT}; in JavaScript: date.toISOString()`;
  if (/\[.*\]$|[A-Za-z]+\/[A-Za-z_]+$|\d ?[A-Z]{3,4}$/.test(text.slice(0, 60)))
    return 'write the offset instead of the name of the zone, as in "2024-01-31T12:00:00+01:00"';
  return undefined;
}

const UNITS = [
  [1e17, 'nanoseconds'],
  [1e14, 'microseconds'],
  [1e11, 'milliseconds'], // 1e11 seconds are the year 5138, 1e11 milliseconds are 1973
  [1e8, 'seconds'],
] as const;

function numeric(value: number): string | undefined {
  const size = Math.abs(value);
  const unit = UNITS.find(([least]) => size >= least)?.[1];
  if (unit !== undefined)
    return `looks like ${unit} since 1970; send an ISO 8601 date (pandas: to_json(date_format="iso"))`;
  if (size >= 20_000 && size < 80_000)
    return 'looks like a day number of Excel; send the date as text: TEXT(A1,"yyyy-mm-dd")';
  return undefined;
}
