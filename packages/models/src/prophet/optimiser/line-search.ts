/**
 * Stan's line search for the strong Wolfe conditions (`WolfeLineSearch` and `WolfLSZoom` of
 * stan/optimization/bfgs_linesearch.hpp), with its oddities, on which the path of the optimiser
 * depends: sufficient decrease is measured by the first step tried and not by the one in hand; the
 * bracket begins at 1e-12 with the values of the starting point; every fifth round of a zoom halves.
 *
 * One change: a zoom also ends when its trial is one of its ends, and after 500 rounds. Stan's own
 * test, a bracket shorter than 1e-16, can not be met near a step of 1, where doubles lie 2.2e-16
 * apart, and Stan goes on for ever.
 */
import { dot, evaluate, type Point } from './point.ts';
import type { Objective } from './problem.ts';

const SUFFICIENT_DECREASE = 1e-4;
const CURVATURE = 0.9;
const LEAST_STEP = 1e-12;
const EXPANSIONS = 20;
const EXPANSION = 10;
/** Halvings in a row where a trial is not finite. */
const HALVINGS = 10;
const LEAST_BRACKET = 1e-16;
const ZOOMS = 500;

export interface LineSearch {
  readonly objective: Objective;
  readonly from: Readonly<Point>;
  readonly direction: Float64Array;
  readonly firstStep: number;
  /** Where the accepted point is left; also overwritten when none is found. */
  readonly trial: Point;
}

/** One end of a bracket: step, value, and slope along the direction. */
interface End {
  readonly step: number;
  readonly value: number;
  readonly slope: number;
}

/** The accepted step; undefined: none was found. */
export function searchLine(search: LineSearch): number | undefined {
  const { from, direction, firstStep } = search;
  const slope = dot(from.gradient, direction);
  const enough = from.value + SUFFICIENT_DECREASE * firstStep * slope;
  let before: End = { step: LEAST_STEP, value: from.value, slope };
  let step = firstStep;
  let halvings = 0;
  for (let round = 0; round < EXPANSIONS; ) {
    if (!tryStep(search, step)) {
      if (halvings === HALVINGS) return undefined;
      halvings += 1;
      step = 0.5 * (before.step + step);
      continue;
    }
    halvings = 0;
    const end = endAt(search, step);
    if (end.value > enough || (round > 0 && end.value >= before.value))
      return zoom(search, slope, before, end);
    if (Math.abs(end.slope) <= -CURVATURE * slope) return step;
    if (end.slope >= 0) return zoom(search, slope, end, before);
    before = end;
    step *= EXPANSION;
    round += 1;
  }
  return undefined;
}

function zoom(search: LineSearch, slope: number, low: End, high: End): number | undefined {
  let [best, other] = [low, high];
  for (let round = 1; round <= ZOOMS; round += 1) {
    if (Math.abs(best.step - other.step) < LEAST_BRACKET) return undefined;
    const least = Math.min(best.step, other.step);
    let step = round % 5 === 0 ? middle(best, other) : interpolated(best, other);
    if (step === best.step || step === other.step) return undefined;
    while (!tryStep(search, step)) {
      step = 0.5 * (step + least);
      if (Math.abs(least - step) < LEAST_BRACKET) return undefined;
    }
    const end = endAt(search, step);
    const enough = search.from.value + SUFFICIENT_DECREASE * step * slope;
    if (end.value > enough || end.value >= best.value) {
      other = end;
      continue;
    }
    if (Math.abs(end.slope) <= -CURVATURE * slope) return step;
    if (end.slope * (other.step - best.step) >= 0) other = best;
    best = end;
  }
  return undefined;
}

function tryStep({ objective, from, direction, trial }: LineSearch, step: number): boolean {
  for (let i = 0; i < direction.length; i += 1) trial.x[i] = from.x[i]! + step * direction[i]!;
  return evaluate(objective, trial);
}

function endAt({ trial, direction }: LineSearch, step: number): End {
  return { step, value: trial.value, slope: dot(trial.gradient, direction) };
}

/** Least point of the cubic through both ends; the middle where that is too near to one of them. */
function interpolated(low: End, high: End): number {
  const d1 = low.slope + high.slope - (3 * (low.value - high.value)) / (low.step - high.step);
  const root = Math.sqrt(d1 * d1 - low.slope * high.slope);
  const d2 = high.step < low.step ? -root : root;
  const step =
    high.step -
    ((high.step - low.step) * (high.slope + d2 - d1)) / (high.slope - low.slope + 2 * d2);
  const margin = 0.01 * Math.abs(low.step - high.step);
  const isInside =
    step >= Math.min(low.step, high.step) + margin &&
    step <= Math.max(low.step, high.step) - margin;
  return isInside ? step : middle(low, high); // also for NaN
}

function middle(low: End, high: End): number {
  return 0.5 * (low.step + high.step);
}

/**
 * Least point in [LEAST_STEP, 1] of the cubic through (0, 0) with slope `slope` and (`end.step`,
 * `end.value`) with slope `end.slope`.
 */
export function cubicLeast(slope: number, end: End): number {
  const { step, value } = end;
  const c3 = (-12 * value + 6 * step * (slope + end.slope)) / (step * step * step);
  const c2 = -(4 * slope + 2 * end.slope) / step + (6 * value) / (step * step);
  const root = Math.sqrt(c2 * c2 - 2 * slope * c3);
  const valueAt = (at: number) => at * (at * ((at * c3) / 3 + c2) * 0.5 + slope);
  let best = LEAST_STEP;
  for (const at of [1, -(c2 + root) / c3, -(c2 - root) / c3]) {
    const isInside = at === 1 || (LEAST_STEP < at && at < 1); // also drops NaN
    if (isInside && valueAt(at) < valueAt(best)) best = at;
  }
  return best;
}
