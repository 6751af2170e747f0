/**
 * Infers the step of a series that came without `freq`.
 *
 * A regular series gets the step of `pandas.infer_freq` (years, quarters, months at their first or
 * last day, then equal steps, then business days), and months on any other day. Prophet (>= 1.1.5)
 * looks at the last five dates and raises an error if they are irregular. We take the median step
 * instead, which is the most frequent one whenever that has a majority, and say so in the answer.
 */
import {
  type CivilDate,
  civilDate,
  DAY_SECONDS,
  daysInMonth,
  monthIndex,
  weekday,
} from './calendar.ts';
import type { Freq } from './freq.ts';
import { firstBusinessDay, lastBusinessDay } from './future-dates.ts';

export interface InferredFreq {
  readonly freq: Freq;
  /** Whether the dates are uneven, so that the step is a guess. */
  readonly irregular: boolean;
}

/** @param dates Seconds of local time, ascending, distinct, at least two. */
export function inferFreq(dates: readonly number[]): InferredFreq {
  const step = equalStep(dates); // finds the step of most series in one pass, without the arrays below
  if (step !== undefined) return { freq: regular(dates, step), irregular: false };
  const steps = dates.slice(1).map((date, at) => date - (dates[at] as number));
  if (steps.every((s) => s % DAY_SECONDS === 0)) return daily(dates.map(dayOf), steps);
  return { freq: { kind: 'ticks', seconds: median(steps) }, irregular: true };
}

function equalStep(dates: readonly number[]): number | undefined {
  const step = (dates[1] as number) - (dates[0] as number);
  for (let at = 2; at < dates.length; at += 1)
    if ((dates[at] as number) - (dates[at - 1] as number) !== step) return undefined;
  return step;
}

function regular(dates: readonly number[], step: number): Freq {
  if (step % DAY_SECONDS !== 0) return { kind: 'ticks', seconds: step };
  const months = step >= SHORTEST_MONTH ? anchoredMonths(dates.map(dayOf)) : undefined;
  return months ?? weeksOrDays(step, dayOf(dates.at(-1) as number));
}

/** The step of uneven dates. */
function daily(days: readonly number[], steps: readonly number[]): InferredFreq {
  const regularMonths = anchoredMonths(days);
  if (regularMonths !== undefined) return { freq: regularMonths, irregular: false };
  const step = median(steps);
  const weekend = days.some((day) => weekday(day) > 4);
  if (step === DAY_SECONDS && !weekend) {
    const gap = steps.some(
      (s, at) => s !== (weekday(days[at] as number) === 4 ? 3 : 1) * DAY_SECONDS,
    );
    return { freq: { kind: 'business', count: 1 }, irregular: gap };
  }
  return looseMonths(days) ?? { freq: weeksOrDays(step, days.at(-1) as number), irregular: true };
}

/** 7 days become a week that ends on the weekday of the last date, so that both have one spelling. */
export function weeksOrDays(seconds: number, lastDay: number): Freq {
  const count = seconds / (7 * DAY_SECONDS);
  return Number.isInteger(count)
    ? { kind: 'weeks', count, weekday: weekday(lastDay) }
    : { kind: 'ticks', seconds };
}

/** Equal steps of whole months, all dates on the same day of their month. */
function anchoredMonths(days: readonly number[]): Freq | undefined {
  if (sharesMonth(days)) return undefined;
  const { civil, steps, lastMonth } = inMonths(days);
  const anchor = allEqual(steps) ? sameDayOf(civil) : undefined;
  return anchor && monthUnits(steps[0] as number, lastMonth, anchor);
}

/** At most one date per month, on a day that can vary: a month may be missing, or a day off. */
function looseMonths(days: readonly number[]): InferredFreq | undefined {
  if (sharesMonth(days)) return undefined;
  const { civil, steps, lastMonth } = inMonths(days);
  const step = median(steps);
  const meanStep = ((days.at(-1) as number) - (days[0] as number)) / steps.length / MONTH_DAYS;
  // Sparse dates fall into different months by chance, so their typical step must be whole months.
  if (Math.abs(meanStep - step) > step / 2) return undefined;
  const same = sameDayOf(civil);
  const anchor = same ?? businessDayOf(civil) ?? { anchor: 'day' };
  return { freq: monthUnits(step, lastMonth, anchor), irregular: !same || !allEqual(steps) };
}

type DayOfMonth = { readonly anchor: 'start' | 'end' | 'day'; readonly day?: number };

/**
 * The day of the month that all dates have. Shorter months may clip the 29th to 31st to their last
 * day. Month ends are dates that all are the last of their month, unless all are the 28th.
 */
function sameDayOf(civil: readonly CivilDate[]): DayOfMonth | undefined {
  const day = civil.reduce((most, date) => Math.max(most, date.day), 0);
  if (civil.some((date) => date.day !== Math.min(day, lastDayOf(date)))) return undefined;
  if (day === 1) return { anchor: 'start' };
  if (day > 28 && civil.every((date) => date.day === lastDayOf(date))) return { anchor: 'end' };
  return civil.at(-1)?.day === day ? { anchor: 'day' } : { anchor: 'day', day };
}

/** The first or last day of each month, or the business day next to it. */
function businessDayOf(civil: readonly CivilDate[]): DayOfMonth | undefined {
  const isOn = (date: CivilDate, day: number, businessDay: (month: number) => number) =>
    date.day === day || date.day === civilDate(businessDay(monthIndex(date))).day;
  if (civil.every((date) => isOn(date, lastDayOf(date), lastBusinessDay))) return { anchor: 'end' };
  if (civil.every((date) => isOn(date, 1, firstBusinessDay))) return { anchor: 'start' };
  return undefined;
}

function lastDayOf({ year, month }: CivilDate): number {
  return daysInMonth(year, month);
}

const MONTH_DAYS = 365.2425 / 12;
const SHORTEST_MONTH = 28 * DAY_SECONDS;
const dayOf = (date: number): number => Math.floor(date / DAY_SECONDS);

/** Whether two dates lie in one month. Stops at the first such pair. */
function sharesMonth(days: readonly number[]): boolean {
  let before = Number.NaN;
  return days.some((day) => {
    const month = monthIndex(civilDate(day));
    const same = month === before;
    before = month;
    return same;
  });
}

function inMonths(days: readonly number[]) {
  const civil = days.map(civilDate);
  const months = civil.map(monthIndex);
  const steps = months.slice(1).map((month, at) => month - (months[at] as number));
  return { civil, steps, lastMonth: (months.at(-1) as number) % 12 };
}

function monthUnits(step: number, month: number, day: DayOfMonth): Freq {
  const every = day.anchor === 'day' || step % 3 !== 0 ? 1 : step % 12 === 0 ? 12 : 3;
  return { kind: 'months', count: step / every, every, phase: month % every, ...day };
}

/** The lower median. */
function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[(sorted.length - 1) >> 1] as number;
}

function allEqual(values: readonly number[]): boolean {
  return values.every((value) => value === values[0]);
}
