/**
 * Frequencies: pandas' offset aliases, old and new, with multiples, in one canonical spelling.
 *
 * Aliases: https://pandas.pydata.org/docs/user_guide/timeseries.html#offset-aliases
 * We add one: `MD`, the same day of every month (the last day if a month is shorter).
 */

/** A step from one date to the next. */
export type Freq =
  | { readonly kind: 'ticks'; readonly seconds: number }
  | { readonly kind: 'business'; readonly count: number }
  | { readonly kind: 'weeks'; readonly count: number; readonly weekday: number }
  | {
      readonly kind: 'months';
      readonly count: number;
      /** Months of the unit: 1, 3 or 12. A date lies on it when `monthIndex % every === phase`. */
      readonly every: 1 | 3 | 12;
      readonly phase: number;
      readonly anchor: 'start' | 'end' | 'day';
    };

const WEEKDAYS = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'];
const MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const TICK_SECONDS: Readonly<Record<string, number>> = {
  D: 86_400,
  H: 3600,
  h: 3600,
  T: 60,
  min: 60,
  S: 1,
  s: 1,
};
type Monthly = readonly [every: 1 | 3 | 12, anchor: 'start' | 'end' | 'day'];
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
const CODES = new Map<string, string>([
  ['1start', 'MS'],
  ['1end', 'ME'],
  ['1day', 'MD'],
  ['3start', 'QS'],
  ['3end', 'QE'],
  ['12start', 'YS'],
  ['12end', 'YE'],
]);

/** Reads a code such as `D`, `15min`, `2W-MON`, `QS`; undefined if it is not a code. */
export function parseFreq(code: string): Freq | undefined {
  const match = /^(\d{0,4})([A-Za-z]+)(?:-([A-Z]{3}))?$/.exec(code);
  if (match === null) return undefined;
  const [, multiple = '', unit = '', anchor] = match;
  const count = multiple === '' ? 1 : Number(multiple);
  if (count === 0) return undefined;
  if (unit === 'W') {
    const weekday = WEEKDAYS.indexOf(anchor ?? 'SUN');
    return weekday < 0 ? undefined : { kind: 'weeks', count, weekday };
  }
  if (Object.hasOwn(MONTHLY, unit)) return parseMonthly(MONTHLY[unit] as Monthly, count, anchor);
  if (anchor !== undefined) return undefined;
  if (unit === 'B') return { kind: 'business', count };
  const seconds = Object.hasOwn(TICK_SECONDS, unit) ? TICK_SECONDS[unit] : undefined;
  return seconds === undefined ? undefined : { kind: 'ticks', seconds: seconds * count };
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
    case 'weeks':
      return times(freq.count, `W-${WEEKDAYS[freq.weekday]}`);
    case 'months': {
      const unit = CODES.get(`${freq.every}${freq.anchor}`) as string;
      const plain = freq.anchor === 'end' ? freq.every - 1 : 0;
      return times(freq.count, freq.phase === plain ? unit : `${unit}-${MONTHS[freq.phase]}`);
    }
  }
}

/** Whether steps are shorter than a day or not of whole days: dates alone cannot express them. */
export function isSubDaily(freq: Freq): boolean {
  return freq.kind === 'ticks' && freq.seconds % 86_400 !== 0;
}

// A quarter's anchor counts only modulo 3: QS-OCT equals QS-JAN. pandas' defaults are JAN for starts and
// DEC for ends.
function parseMonthly(
  [every, anchor]: Monthly,
  count: number,
  name: string | undefined,
): Freq | undefined {
  if (name !== undefined && every === 1) return undefined;
  const month = name === undefined ? (anchor === 'end' ? 11 : 0) : MONTHS.indexOf(name);
  return month < 0 ? undefined : { kind: 'months', count, every, phase: month % every, anchor };
}

function times(count: number, unit: string): string {
  return count === 1 ? unit : `${count}${unit}`;
}
