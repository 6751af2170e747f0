import { civilDate, DAY_SECONDS, dayInMonth, monthIndex, weekday } from './calendar.ts';
import type { Freq } from './freq.ts';

/**
 * The dates to forecast, seconds of local time: `pandas.date_range(start=last, periods=periods + 1,
 * freq)` without dates that are not after `last`, as Prophet's `make_future_dataframe` does. An
 * anchored step (weeks, months, quarters, years, business days) first rolls forward to its anchor
 * and keeps the time of day.
 */
export function futureDates(freq: Freq, last: number, periods: number): number[] {
  const step = stepper(freq, last);
  const first = step(0) > last ? 0 : 1;
  return Array.from({ length: periods }, (_, at) => step(first + at));
}

/** The last of `futureDates`, without computing the others. */
export function lastFutureDate(freq: Freq, last: number, periods: number): number {
  const step = stepper(freq, last);
  return step(step(0) > last ? periods - 1 : periods);
}

/** Whether a date is one of its own steps: a Sunday of `W`, the first day of a month of `MS`. */
export function liesOn(freq: Freq, date: number): boolean {
  return freq.kind === 'ticks' || stepper(freq, date)(0) === date;
}

/** The first weekday of a month, and the last one. */
export function firstBusinessDay(month: number): number {
  const day = dayInMonth(month, 1);
  return weekday(day) < 5 ? day : day + 7 - weekday(day);
}

export function lastBusinessDay(month: number): number {
  const day = dayInMonth(month, 31);
  return day - Math.max(0, weekday(day) - 4);
}

/** `step(0)` is `last` rolled forward to the anchor, `step(n)` is n steps later. */
function stepper(freq: Freq, last: number): (n: number) => number {
  if (freq.kind === 'ticks') return (n) => last + n * freq.seconds;
  const day = Math.floor(last / DAY_SECONDS);
  const timeOfDay = last - day * DAY_SECONDS;
  if (freq.kind === 'business-hours') return hourStepper(freq.count, day, timeOfDay);
  const dayOf = dayStepper(freq, day);
  return (n) => dayOf(n) * DAY_SECONDS + timeOfDay;
}

const OPENING_SECONDS = 9 * 3600;
const OPEN_SECONDS = 8 * 3600;

/** The end of business is the beginning of the next business day, as in pandas. */
function hourStepper(count: number, day: number, timeOfDay: number): (n: number) => number {
  const dayOf = dayStepper({ kind: 'business', count: 1 }, day);
  const isOpen = weekday(day) < 5;
  const start = isOpen ? Math.max(0, Math.min(OPEN_SECONDS, timeOfDay - OPENING_SECONDS)) : 0;
  return (n) => {
    const open = start + n * count * 3600;
    const days = Math.floor(open / OPEN_SECONDS);
    return dayOf(days) * DAY_SECONDS + OPENING_SECONDS + open - days * OPEN_SECONDS;
  };
}

type DayFreq = Exclude<Freq, { kind: 'ticks' | 'business-hours' }>;

function dayStepper(freq: DayFreq, day: number): (n: number) => number {
  switch (freq.kind) {
    case 'business': {
      const start = weekday(day) < 5 ? day : day + 7 - weekday(day);
      const monday = start - weekday(start);
      return (n) => {
        const total = weekday(start) + n * freq.count;
        return monday + Math.floor(total / 5) * 7 + (total % 5);
      };
    }
    case 'weeks': {
      const start = day + ((freq.weekday - weekday(day) + 7) % 7);
      return (n) => start + n * freq.count * 7;
    }
    case 'half-months': {
      const days = freq.anchor === 'start' ? [1, freq.day] : [freq.day, 31];
      const dayOf = (half: number) => dayInMonth(Math.floor(half / 2), days[half % 2] as number);
      let start = 2 * monthIndex(civilDate(day));
      while (dayOf(start) < day) start += 1;
      return (n) => dayOf(start + n * freq.count);
    }
    case 'months': {
      const civil = civilDate(day);
      const dayOf = dayOfMonth(freq, civil.day);
      const index = monthIndex(civil);
      const from = dayOf(index) < day ? index + 1 : index;
      const start = from + ((((freq.phase - from) % freq.every) + freq.every) % freq.every);
      return (n) => dayOf(start + n * freq.count * freq.every);
    }
  }
}

type Months = Extract<Freq, { kind: 'months' }>;

function dayOfMonth({ anchor, day }: Months, lastDay: number): (month: number) => number {
  switch (anchor) {
    case 'first-business-day':
      return firstBusinessDay;
    case 'last-business-day':
      return lastBusinessDay;
    default: {
      const wanted = { start: 1, end: 31, day: day ?? lastDay }[anchor];
      return (month) => dayInMonth(month, wanted);
    }
  }
}
