/**
 * Least of x'Hx / 2 - c'x + penalty * sum of |x[j]| over the penalised j: feature-sign search (Lee,
 * Battle, Raina & Ng 2006, "Efficient sparse coding algorithms"). Exact: what is 0 in the result is 0.
 *
 * The search guesses which coefficients are not 0 and their signs, solves for these, walks there and
 * stops where a sign changes if that is lower; when the signs agree it lets in the coefficient that
 * pulls hardest, until none pulls more than the penalty.
 */
import { cholesky, solveCholesky } from './cholesky.ts';

export interface LassoProblem {
  /** H: symmetric, n x n, by rows. */
  readonly matrix: Float64Array;
  /** c. */
  readonly target: Float64Array;
  readonly penalty: number;
  /** First coefficient that is penalised, and the first one after them that is not. */
  readonly penalised: readonly [from: number, to: number];
}

const MAX_ROUNDS = 500;
/** A pull beyond the penalty that is no rounding error. */
const MARGIN = 1 + 1e-9;

/** Starts at `x` and leaves the result there; false: H is singular, or no end is in sight. */
export function solveLasso(problem: LassoProblem, x: Float64Array): boolean {
  const [from, to] = problem.penalised;
  const signs = x.map((value, j) => (j >= from && j < to ? Math.sign(value) : 0));
  const isActive = (j: number) => j < from || j >= to || signs[j] !== 0;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    if (!settleSigns(problem, x, signs, isActive)) return false;
    const active = indicesOf(x.length, isActive);
    let strongest = -1;
    let pull = problem.penalty * MARGIN;
    for (let j = from; j < to; j += 1) {
      if (signs[j] !== 0) continue;
      const slope = slopeAt(problem, x, j, active);
      if (Math.abs(slope) <= pull) continue;
      strongest = j;
      pull = Math.abs(slope);
    }
    if (strongest < 0) return true;
    signs[strongest] = -Math.sign(slopeAt(problem, x, strongest, active));
  }
  return false;
}

/** Moves x to the least point among those with its signs, dropping what becomes 0 on the way. */
function settleSigns(
  problem: LassoProblem,
  x: Float64Array,
  signs: Float64Array,
  isActive: (j: number) => boolean,
): boolean {
  const [from, to] = problem.penalised;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const active = indicesOf(x.length, isActive);
    const goal = solveActive(problem, active, signs);
    if (goal === undefined) return false;
    const now = Float64Array.from(active, (j) => x[j]!);
    const isPenalised = active.map((j) => j >= from && j < to);
    const crossings: number[] = [];
    for (const [at, j] of active.entries()) {
      if (!isPenalised[at] || goal[at] === 0 || Math.sign(goal[at]!) === signs[j]) continue;
      crossings.push(now[at] === 0 ? 0 : now[at]! / (now[at]! - goal[at]!));
    }
    if (crossings.length === 0) {
      for (const [at, j] of active.entries()) x[j] = goal[at]!;
      return true;
    }
    const share = bestShare(problem, { active, now, goal, isPenalised, crossings });
    const best = now.map((value, at) => {
      const moved = value + share * (goal[at]! - value);
      const isZero = value !== 0 && Math.abs(moved) < 1e-14 * (1 + Math.abs(value));
      return isPenalised[at] && isZero ? 0 : moved;
    });
    for (const [at, j] of active.entries()) {
      x[j] = best[at]!;
      if (isPenalised[at]) signs[j] = Math.sign(best[at]!);
    }
  }
  return false;
}

/** Of the active coefficients, as if their signs were given. */
function solveActive(
  { matrix, target, penalty }: LassoProblem,
  active: readonly number[],
  signs: Float64Array,
): Float64Array | undefined {
  const n = active.length;
  const size = target.length;
  const factor = new Float64Array(n * n);
  for (let a = 0; a < n; a += 1) {
    const row = active[a]! * size;
    for (let b = 0; b <= a; b += 1) factor[a * n + b] = matrix[row + active[b]!]!;
  }
  if (!cholesky(factor, n)) return undefined;
  const goal = Float64Array.from(active, (j) => target[j]! - penalty * signs[j]!);
  solveCholesky(factor, n, goal);
  return goal;
}

interface Walk {
  readonly active: readonly number[];
  /** Both hold the active coefficients only. */
  readonly now: Float64Array;
  readonly goal: Float64Array;
  readonly isPenalised: readonly boolean[];
  /** Shares of the way at which a coefficient becomes 0. */
  readonly crossings: readonly number[];
}

/** Where on the way, at a crossing or at its end, the objective is least: a parabola and the penalty. */
function bestShare({ matrix, target, penalty }: LassoProblem, walk: Walk): number {
  const { active, now, goal, isPenalised, crossings } = walk;
  const size = target.length;
  let slope = 0;
  let bend = 0;
  for (const [a, j] of active.entries()) {
    let here = -target[j]!;
    let along = 0;
    for (const [b, i] of active.entries()) {
      const h = matrix[j * size + i]!;
      here += h * now[b]!;
      along += h * (goal[b]! - now[b]!);
    }
    slope += here * (goal[a]! - now[a]!);
    bend += along * (goal[a]! - now[a]!);
  }
  let best = 1;
  let least = Number.POSITIVE_INFINITY;
  for (const share of [...crossings, 1]) {
    let sizes = 0;
    for (let a = 0; a < now.length; a += 1)
      if (isPenalised[a]) sizes += Math.abs(now[a]! + share * (goal[a]! - now[a]!));
    const value = share * slope + 0.5 * share * share * bend + penalty * sizes;
    if (value < least) [least, best] = [value, share];
  }
  return best;
}

/** Of the smooth part, by coefficient j. */
function slopeAt(
  { matrix, target }: LassoProblem,
  x: Float64Array,
  j: number,
  active: readonly number[],
): number {
  const row = j * target.length;
  let slope = -target[j]!;
  for (const i of active) slope += matrix[row + i]! * x[i]!;
  return slope;
}

function indicesOf(length: number, holds: (index: number) => boolean): number[] {
  const indices: number[] = [];
  for (let j = 0; j < length; j += 1) if (holds(j)) indices.push(j);
  return indices;
}
