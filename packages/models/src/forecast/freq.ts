/**
 * Frequencies: pandas' offset aliases, old and new, with multiples, in one canonical spelling.
 *
 * Aliases: https://pandas.pydata.org/docs/user_guide/timeseries.html#offset-aliases
 * We add one: `MD`, the same day of every month (the last day if a month is shorter); `MD-30` names
 * the day where the last date of a series does not tell it.
 */

type Anchor = 'start' | 'end' | 'first-business-day' | 'last-business-day' | 'day';

/** A step from one date to the next. */
export type Freq =
  | { readonly kind: 'ticks'; readonly seconds: number }
  | { readonly kind: 'business'; readonly count: number }
  /** Hours from 9:00 to 17:00 of business days. */
  | { readonly kind: 'business-hours'; readonly count: number }
  | { readonly kind: 'weeks'; readonly count: number; readonly weekday: number }
  /** Twice a month: the 1st and `day`, or `day` and the last day. */
  | {
      readonly kind: 'half-months';
      readonly count: number;
      readonly anchor: 'start' | 'end';
      readonly day: number;
    }
  | {
      readonly kind: 'months';
      readonly count: number;
      /** Months of the unit: 1, 3 or 12. A date lies on it when `monthIndex % every === phase`. */
      readonly every: 1 | 3 | 12;
      readonly phase: number;
      readonly anchor: Anchor;
      /** Of the anchor `day`, 1..31. Default: the day of the last date. */
      readonly day?: number;
    };

const WEEKDAYS = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'];
const MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const TICK_SECONDS: Readonly<Record<string, number>> = { D: 86_400, H: 3600, T: 60, MIN: 60, S: 1 };
type Monthly = readonly [every: 1 | 3 | 12, anchor: Anchor];
const MONTHLY: Readonly<Record<string, Monthly>> = {
  MS: [1, 'start'],
  M: [1, 'end'],
  ME: [1, 'end'],
  MD: [1, 'day'],
  QS: [3, 'start'],
  Q: [3, 'end'],
  QE: [3, 'end'],
  YS: [12, 'start'],
  AS: [12, 'start'],
  Y: [12, 'end'],
  YE: [12, 'end'],
  A: [12, 'end'],
};
const BUSINESS = { start: 'first-business-day', end: 'last-business-day', day: 'day' } as const;
const CODES: Readonly<Record<string, string>> = {
  '1start': 'MS',
  '1end': 'ME',
  '1day': 'MD',
  '3start': 'QS',
  '3end': 'QE',
  '12start': 'YS',
  '12end': 'YE',
  '1first-business-day': 'BMS',
  '1last-business-day': 'BME',
  '3first-business-day': 'BQS',
  '3last-business-day': 'BQE',
  '12first-business-day': 'BYS',
  '12last-business-day': 'BYE',
};
/** Minutes and milliseconds to some, months and month starts to others. */
const AMBIGUOUS = /^(m|ms)$/;

/** Reads a code such as `D`, `15min`, `2W-MON`, `QS`, `1h30min`; undefined if it is not a code. */
export function parseFreq(code: string): Freq | undefined {
  const match = /^(\d{0,4})([A-Za-z]+)(?:-([A-Za-z]{3}|\d{1,2}))?$/.exec(code);
  if (match === null) return parseSum(code);
  const [, multiple = '', written = '', suffix] = match;
  const count = multiple === '' ? 1 : Number(multiple);
  if (count === 0 || AMBIGUOUS.test(written)) return undefined;
  const unit = written.toUpperCase();
  const anchor = suffix?.toUpperCase();
  if (unit === 'W') {
    const weekday = WEEKDAYS.indexOf(anchor ?? 'SUN');
    return weekday < 0 ? undefined : { kind: 'weeks', count, weekday };
  }
  const monthly = monthlyOf(unit);
  if (monthly !== undefined) return parseMonthly(monthly, count, anchor);
  if (unit === 'SM' || unit === 'SME' || unit === 'SMS')
    return parseHalfMonths(unit, count, anchor);
  if (anchor !== undefined) return undefined;
  if (unit === 'B' || unit === 'C') return { kind: 'business', count };
  if (unit === 'BH' || unit === 'CBH') return { kind: 'business-hours', count };
  const seconds = Object.hasOwn(TICK_SECONDS, unit) ? TICK_SECONDS[unit] : undefined;
  return seconds === undefined ? undefined : { kind: 'ticks', seconds: seconds * count };
}

/** Why a code is none, and what to send. */
export function unknownFreq(code: string): string {
  const unit = /^\d{0,4}([A-Za-z]+)$/.exec(code)?.[1];
  const shown = JSON.stringify(code.slice(0, 20));
  if (unit === 'm')
    return `${shown} could mean months or minutes: use ME (month ends), MS (month starts) or min`;
  if (unit !== undefined && /^(ms|l|us|u|ns|n)$/.test(unit))
    return `${shown} is shorter than a second, the finest step: use s, or MS for month starts`;
  return (
    'unknown frequency: use D, B, W, W-MON…, MS, ME, BMS, BME, SMS, SME, QS, QE, YS, YE, h, bh, min ' +
    'or s, with a multiple if you like ("15min", "1h30min")'
  );
}

/** The canonical spelling: equal steps have one code. */
export function formatFreq(freq: Freq): string {
  switch (freq.kind) {
    case 'ticks': {
      const { seconds } = freq;
      for (const [unit, size] of [
        ['D', 86_400],
        ['h', 3600],
        ['min', 60],
      ] as const)
        if (seconds % size === 0) return times(seconds / size, unit);
      return times(seconds, 's');
    }
    case 'business':
      return times(freq.count, 'B');
    case 'business-hours':
      return times(freq.count, 'bh');
    case 'weeks':
      return times(freq.count, `W-${WEEKDAYS[freq.weekday]}`);
    case 'half-months': {
      const unit = freq.anchor === 'start' ? 'SMS' : 'SME';
      return times(freq.count, freq.day === 15 ? unit : `${unit}-${freq.day}`);
    }
    case 'months': {
      const unit = CODES[`${freq.every}${freq.anchor}`] as string;
      if (freq.day !== undefined) return times(freq.count, `${unit}-${freq.day}`);
      const plain = isEnd(freq.anchor) ? freq.every - 1 : 0;
      return times(freq.count, freq.phase === plain ? unit : `${unit}-${MONTHS[freq.phase]}`);
    }
  }
}

/** Whether steps are shorter than a day or not of whole days: dates alone cannot express them. */
export function isSubDaily(freq: Freq): boolean {
  return freq.kind === 'business-hours' || (freq.kind === 'ticks' && freq.seconds % 86_400 !== 0);
}

/** `1h30min`: a sum of ticks. */
function parseSum(code: string): Freq | undefined {
  if (!/^(?:\d{1,4}[A-Za-z]+){2,4}$/.test(code)) return undefined;
  const parts = Array.from(code.matchAll(/\d+[A-Za-z]+/g), ([part]) => parseFreq(part));
  let seconds = 0;
  for (const part of parts) {
    if (part?.kind !== 'ticks') return undefined;
    seconds += part.seconds;
  }
  return { kind: 'ticks', seconds };
}

/** `BM`, `CBMS` and so on are those units on business days. */
function monthlyOf(unit: string): Monthly | undefined {
  if (Object.hasOwn(MONTHLY, unit)) return MONTHLY[unit];
  const plain = /^C?B(.+)$/.exec(unit)?.[1];
  if (plain === undefined || plain === 'MD' || !Object.hasOwn(MONTHLY, plain)) return undefined;
  const [every, anchor] = MONTHLY[plain] as Monthly;
  return [every, BUSINESS[anchor as keyof typeof BUSINESS]];
}

// A quarter's anchor counts only modulo 3: QS-OCT equals QS-JAN. pandas' defaults are JAN for starts and
// DEC for ends.
function parseMonthly(
  [every, anchor]: Monthly,
  count: number,
  name: string | undefined,
): Freq | undefined {
  const unit = { kind: 'months', count, every, anchor } as const;
  if (anchor === 'day') {
    if (name === undefined) return { ...unit, phase: 0 };
    const day = Number(name);
    return day >= 1 && day <= 31 ? { ...unit, phase: 0, day } : undefined;
  }
  if (name !== undefined && every === 1) return undefined;
  const month = name === undefined ? (isEnd(anchor) ? 11 : 0) : MONTHS.indexOf(name);
  return month < 0 ? undefined : { ...unit, phase: month % every };
}

function parseHalfMonths(unit: string, count: number, name = '15'): Freq | undefined {
  const day = Number(name);
  if (!(day >= 2 && day <= 27)) return undefined;
  return { kind: 'half-months', count, anchor: unit === 'SMS' ? 'start' : 'end', day };
}

function isEnd(anchor: Anchor): boolean {
  return anchor === 'end' || anchor === 'last-business-day';
}

function times(count: number, unit: string): string {
  return count === 1 ? unit : `${count}${unit}`;
}
