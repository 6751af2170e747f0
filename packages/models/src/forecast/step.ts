/**
 * The step from one date to the next: the given `freq` in its canonical form, or the inferred one, and
 * what the answer has to say about it.
 */
import { civilDate, DAY_SECONDS } from './calendar.ts';
import { MAX_SECONDS } from './ds.ts';
import { type Freq, formatFreq } from './freq.ts';
import { futureDates, lastFutureDate, liesOn } from './future-dates.ts';
import { type InferredFreq, inferFreq, weeksOrDays } from './infer-freq.ts';
import type { Offsets } from './offsets.ts';

interface Step {
  readonly freq: Freq;
  readonly freq_guessed: boolean;
  readonly freq_of_dates?: string;
}

/** @param dates Seconds of local time, ascending, distinct, at least two. */
export function stepOf(
  given: Freq | undefined,
  dates: readonly number[],
  { instants, offsets }: { readonly instants: readonly number[]; readonly offsets: Offsets },
): Step {
  const last = dates.at(-1) as number;
  const inferred = offsets.length > 1 ? inferredStep(dates, instants) : inferFreq(dates);
  if (given === undefined) return { freq: inferred.freq, freq_guessed: inferred.irregular };
  const freq = canonical(given, inferred.freq, last);
  const misfit = fits(freq, dates, inferred) ? {} : { freq_of_dates: formatFreq(inferred.freq) };
  return { freq, freq_guessed: false, ...misfit };
}

/** Hours are even in time, and not on a clock that is changed. */
function inferredStep(dates: readonly number[], instants: readonly number[]): InferredFreq {
  const inferred = inferFreq(dates);
  if (!inferred.irregular) return inferred;
  const even = inferFreq(distinct(instants.toSorted((a, b) => a - b)));
  return even.irregular || even.freq.kind !== 'ticks' ? inferred : even;
}

/** `7D` is the week of the last date, and `MD` the month of the day that the dates have. */
function canonical(freq: Freq, inferred: Freq, last: number): Freq {
  if (freq.kind === 'ticks') return weeksOrDays(freq.seconds, Math.floor(last / DAY_SECONDS));
  if (freq.kind !== 'months' || freq.anchor !== 'day') return freq;
  const { day: given, ...plain } = freq;
  const day = given ?? (inferred.kind === 'months' ? inferred.day : undefined);
  const isLast = day === civilDate(Math.floor(last / DAY_SECONDS)).day;
  return day === undefined || isLast ? plain : { ...plain, day };
}

const LEAST_DATES = 3;
const COMPARED_DATES = 12;

/** Whether dates lie on a step, and it continues them as they went on. */
function fits(freq: Freq, dates: readonly number[], { freq: own, irregular }: InferredFreq) {
  const off = dates.reduce((count, date) => count + (liesOn(freq, date) ? 0 : 1), 0);
  if (2 * off >= dates.length) return false;
  if (irregular || dates.length < LEAST_DATES) return true;
  const last = dates.at(-1) as number;
  if (lastFutureDate(freq, last, COMPARED_DATES) > MAX_SECONDS) return true;
  const next = futureDates(own, last, COMPARED_DATES);
  return futureDates(freq, last, COMPARED_DATES).every((date, at) => date === next[at]);
}

/** Without repetitions. */
export function distinct(ascending: readonly number[]): readonly number[] {
  let at = 1;
  while (at < ascending.length && ascending[at] !== ascending[at - 1]) at += 1;
  if (at >= ascending.length) return ascending;
  return ascending.filter((value, i) => i === 0 || value !== ascending[i - 1]);
}
