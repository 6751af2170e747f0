/** When the next point of a series is due, and whether that is past. */
import { DAY_SECONDS } from './calendar.ts';
import { type Freq, parseFreq } from './freq.ts';
import { futureDates } from './future-dates.ts';
import type { ForecastInput } from './input.ts';
import { formatFutureDs } from './normalise.ts';
import { offsetAt } from './offsets.ts';

export interface NextPoint {
  /** One step of freq after the last point that has a y, written like ds. */
  readonly due: string;
  /** A date is past when its day is over. */
  readonly isPast: boolean;
}

/** @param last The last date that has a y, in the series' own time. @param now Epoch ms. */
export function nextPointOf(input: ForecastInput, last: number, now: number): NextPoint {
  const freq = parseFreq(input.freq) as Freq;
  const [due = last] = futureDates(freq, last, 1);
  const isDate = input.date_only && due % DAY_SECONDS === 0;
  const dueAt = due - offsetAt(input.offsets, due) + (isDate ? DAY_SECONDS : 0);
  return { due: formatFutureDs(input, freq)(due), isPast: now / 1000 >= dueAt };
}
