/**
 * Stan's L-BFGS (`BFGSLineSearch` of stan/optimization/bfgs.hpp with CmdStan's settings and
 * Prophet's 10,000 iterations). Written after it step by step, so that it goes the same way: where
 * Stan stops depends on rounding, and any other descent stops somewhere else. Of 286 series the two
 * differ as Stan does from itself when the last bit of y changes (docs/adr/0013-prophet-without-stan.md).
 */
import { cubicLeast, searchLine } from './line-search.ts';
import { createPoint, dot, evaluate, type Point } from './point.ts';
import type { Objective } from './problem.ts';

export interface LbfgsOptions {
  /** Default: 10,000. */
  readonly maxIterations?: number;
  /** Sees the value before the first iteration and after each. Default: nothing. */
  readonly onIteration?: (value: number) => void;
}

type LbfgsEnd =
  | 'objective'
  | 'gradient'
  | 'step'
  | 'iterations'
  | 'relative objective'
  | 'relative gradient'
  | 'line search failed';

export interface LbfgsResult {
  readonly x: Float64Array;
  /** NaN where the start is not finite. */
  readonly value: number;
  readonly end: LbfgsEnd;
  readonly iterations: number;
}

const FIRST_STEP = 1e-3;
const HISTORY = 5;
const MAX_ITERATIONS = 10_000;
const OBJECTIVE_CHANGE = 1e-12;
const RELATIVE_OBJECTIVE_CHANGE = 1e4 * Number.EPSILON;
const GRADIENT_NORM = 1e-8;
const RELATIVE_GRADIENT = 1e7 * Number.EPSILON;
const STEP_NORM = 1e-8;

export function lbfgs(
  objective: Objective,
  start: Float64Array,
  { maxIterations = MAX_ITERATIONS, onIteration }: LbfgsOptions = {},
): LbfgsResult {
  let now = createPoint(start);
  let before = createPoint(start);
  if (!evaluate(objective, now))
    return { x: now.x, value: Number.NaN, end: 'line search failed', iterations: 0 };
  onIteration?.(now.value);
  let direction: Float64Array = descent(now, new Float64Array(start.length));
  let lastDirection: Float64Array = new Float64Array(start.length);
  let lastStep = 0;
  const history = createHistory(start.length);
  for (let iteration = 1; ; iteration += 1) {
    let isReset = iteration === 1;
    let firstStep = FIRST_STEP;
    if (!isReset) {
      const end = {
        step: lastStep,
        value: now.value - before.value,
        slope: dot(now.gradient, lastDirection),
      };
      firstStep = Math.min(1, 1.01 * cubicLeast(dot(before.gradient, lastDirection), end));
    }
    // The search writes to the point before last, which only that first step needed.
    const common = { objective, from: now, trial: before };
    let step = searchLine({ ...common, direction, firstStep });
    if (step === undefined && !isReset) {
      isReset = true;
      direction = descent(now, direction);
      step = searchLine({ ...common, direction, firstStep: FIRST_STEP });
    }
    if (step === undefined)
      return { x: now.x, value: now.value, end: 'line search failed', iterations: iteration };
    [now, before] = [before, now];
    [direction, lastDirection] = [lastDirection, direction];
    lastStep = step;
    if (isReset) history.clear();
    const { curvature, length } = history.add(now, before);
    if (isReset) {
      // Stan's way to give the next first step a scale.
      for (let i = 0; i < lastDirection.length; i += 1) lastDirection[i]! /= curvature;
      lastStep *= curvature;
    }
    history.direct(now, direction);
    onIteration?.(now.value);
    const end = endOf({ now, before, direction, length, isLast: iteration >= maxIterations });
    if (end !== undefined) return { x: now.x, value: now.value, end, iterations: iteration };
  }
}

interface Ending {
  readonly now: Point;
  readonly before: Point;
  /** The next one. */
  readonly direction: Float64Array;
  /** Of the step just made. */
  readonly length: number;
  readonly isLast: boolean;
}

/** Stan's tests, in its order. */
function endOf({ now, before, direction, length, isLast }: Ending): LbfgsEnd | undefined {
  const change = Math.abs(before.value - now.value);
  const size = Math.abs(now.value);
  if (change < OBJECTIVE_CHANGE) return 'objective';
  if (Math.sqrt(dot(now.gradient, now.gradient)) < GRADIENT_NORM) return 'gradient';
  if (length < STEP_NORM) return 'step';
  if (isLast) return 'iterations';
  if (change / Math.max(Math.abs(before.value), size, 1) < RELATIVE_OBJECTIVE_CHANGE)
    return 'relative objective';
  if (-dot(direction, now.gradient) / Math.max(size, 1) < RELATIVE_GRADIENT)
    return 'relative gradient';
  return undefined;
}

function descent({ gradient }: Point, into: Float64Array): Float64Array {
  for (let i = 0; i < into.length; i += 1) into[i] = -gradient[i]!;
  return into;
}

/** A step that was made: where it led, how the gradient changed. */
interface Update {
  readonly step: Float64Array;
  readonly bend: Float64Array;
  inverse: number;
  weight: number;
}

interface History {
  clear(): void;
  /** `curvature`: bend'bend / step'bend. `length`: of the step. */
  add(now: Point, before: Point): { readonly curvature: number; readonly length: number };
  /** Writes the direction of the next search: two loops over the updates. */
  direct(now: Point, into: Float64Array): void;
}

function createHistory(size: number): History {
  const updates: Update[] = [];
  let scale = 1;
  return {
    clear: () => void updates.splice(0),
    add(now, before) {
      const update = (updates.length < HISTORY ? undefined : updates.shift()) ?? {
        step: new Float64Array(size),
        bend: new Float64Array(size),
        inverse: 0,
        weight: 0,
      };
      let both = 0;
      let bends = 0;
      let steps = 0;
      for (let i = 0; i < size; i += 1) {
        const step = now.x[i]! - before.x[i]!;
        const bend = now.gradient[i]! - before.gradient[i]!;
        update.step[i] = step;
        update.bend[i] = bend;
        both += step * bend;
        bends += bend * bend;
        steps += step * step;
      }
      scale = both / bends;
      update.inverse = 1 / both;
      updates.push(update);
      return { curvature: bends / both, length: Math.sqrt(steps) };
    },
    direct(now, into) {
      descent(now, into);
      for (let at = updates.length - 1; at >= 0; at -= 1) {
        const update = updates[at]!;
        update.weight = update.inverse * dot(update.step, into);
        for (let i = 0; i < size; i += 1) into[i]! -= update.weight * update.bend[i]!;
      }
      for (let i = 0; i < size; i += 1) into[i]! *= scale;
      for (const { step, bend, inverse, weight } of updates) {
        const change = weight - inverse * dot(bend, into);
        for (let i = 0; i < size; i += 1) into[i]! += change * step[i]!;
      }
    },
  };
}
