import { civilDate, DAY_SECONDS, dayInMonth, dayNumber, monthIndex, weekday } from './calendar.ts';
import type { Freq } from './freq.ts';

/**
 * The dates to forecast, UNIX seconds: `pandas.date_range(start=last, periods=periods + 1, freq)`
 * without dates that are not after `last`, as Prophet's `make_future_dataframe` does. An anchored
 * step (weeks, months, quarters, years, business days) first rolls forward to its anchor and keeps
 * the time of day.
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

/** `step(0)` is `last` rolled forward to the anchor, `step(n)` is n steps later. */
function stepper(freq: Freq, last: number): (n: number) => number {
  if (freq.kind === 'ticks') return (n) => last + n * freq.seconds;
  const day = Math.floor(last / DAY_SECONDS);
  const timeOfDay = last - day * DAY_SECONDS;
  const dayOf = dayStepper(freq, day);
  return (n) => dayOf(n) * DAY_SECONDS + timeOfDay;
}

function dayStepper(freq: Exclude<Freq, { kind: 'ticks' }>, day: number): (n: number) => number {
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
    case 'months': {
      const civil = civilDate(day);
      const dayOfMonth = { start: 1, end: 31, day: civil.day }[freq.anchor];
      const index = monthIndex(civil);
      // The first day of a month that has begun is past; its last day never is.
      const next = freq.anchor === 'start' && day > dayNumber(civil.year, civil.month, 1);
      const from = index + (next ? 1 : 0);
      const start = from + ((((freq.phase - from) % freq.every) + freq.every) % freq.every);
      return (n) => dayInMonth(start + n * freq.count * freq.every, dayOfMonth);
    }
  }
}
