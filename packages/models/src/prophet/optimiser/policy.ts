/**
 * Which way to the optimum a series takes (docs/adr/0013-prophet-without-stan.md):
 *
 *  - from 100 points on Stan's L-BFGS from Prophet's start, as Prophet does; a search that fails at the
 *    first step, where Prophet takes Newton, gets what a short series gets, but for Newton;
 *  - a search that crawls is stopped after thousands of iterations, and Gauss-Newton goes on from there to
 *    the optimum, in a few steps;
 *  - below 100 points, where Prophet takes Newton, the exact optimum; where growth is logistic the best of
 *    those next to the start, to Newton's first steps, and to where L-BFGS ends;
 *  - a series that can be followed exactly has no optimum, its noise goes to 0: it is stopped early, or
 *    gets the exact optimum for the least noise that there may be.
 *
 * Nothing here traps, throws or runs without an end, whatever the numbers.
 */
import { exactAdditive } from './exact.ts';
import { gaussNewton } from './gauss-newton.ts';
import { lbfgs } from './lbfgs.ts';
import { newton } from './newton.ts';
import { objectiveOf, valueCost } from './objective.ts';
import {
  type FitProblem,
  fromVector,
  type Objective,
  type ProphetParameters,
  toVector,
} from './problem.ts';

/** Prophet's. */
const FEW_POINTS = 100;
const MAX_ITERATIONS = 10_000;
const LEAST_ITERATIONS = 2000;
/** Multiplications that L-BFGS may take beyond its least: about 0.3 s. */
const LBFGS_WORK = 5e8;
/** Enough to leave the start for the optimum that Newton would end in. */
const NEWTON_ITERATIONS = 3;
/** With less noise, scaled, a fit has followed its series exactly. */
const LEAST_SIGMA = 1e-6;
const FLOOR_VARIANCE = (2 * LEAST_SIGMA) ** 2;
/** Where to begin when the noise would go to 0, and how long to go on. */
const EARLY_SIGMA = 0.1;
const EARLY_ITERATIONS = 50;

/** undefined: no optimum was found. */
export function optimise(
  problem: FitProblem,
  start: ProphetParameters,
): ProphetParameters | undefined {
  for (const attempt of attemptsFor(problem, start)) {
    const found = attempt();
    if (found !== undefined && isSound(found)) return found;
  }
  return undefined;
}

type Attempt = () => ProphetParameters | undefined;

function attemptsFor(problem: FitProblem, start: ProphetParameters): Attempt[] {
  let made: Objective | undefined;
  const objective: Objective = (x, gradient) => {
    made ??= objectiveOf(problem);
    return made(x, gradient);
  };
  const from = (sigmaObs: number) => toVector({ ...start, sigmaObs });
  const maxIterations = lbfgsIterations(problem);
  const isShort = problem.t.length < FEW_POINTS;
  const byLbfgs = (sigmaObs: number) => () => {
    const { x, end, iterations } = lbfgs(objective, from(sigmaObs), { maxIterations });
    if (end === 'line search failed' && iterations <= 1) return undefined;
    const found = fromVector(x, problem);
    return end === 'iterations' ? (gaussNewton(problem, { start: found }) ?? found) : found;
  };
  const valueAt = (place: ProphetParameters) => {
    const x = toVector(place);
    const value = objective(x, new Float64Array(x.length));
    return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
  };
  const nearby = () => {
    const first = from(start.sigmaObs);
    const places = [start];
    const soon = isShort ? newton(objective, first, NEWTON_ITERATIONS) : undefined;
    if (soon) places.push(fromVector(soon.x, problem));
    places.push(fromVector(lbfgs(objective, first, { maxIterations }).x, problem));
    return places
      .map((place) => gaussNewton(problem, { start: place }) ?? place)
      .filter(isSound)
      .sort((a, b) => valueAt(a) - valueAt(b))[0];
  };
  const exactly = (leastVariance?: number) => () =>
    problem.additive.every(Boolean)
      ? exactAdditive(problem, leastVariance)
      : gaussNewton(problem, { leastVariance });
  const early = () => {
    const { x } = lbfgs(objective, from(EARLY_SIGMA), { maxIterations: EARLY_ITERATIONS });
    return fromVector(x, problem);
  };
  const usual = byLbfgs(start.sigmaObs);
  if (problem.growth === 'logistic') {
    const quiet = byLbfgs(EARLY_SIGMA);
    return isShort ? [nearby, quiet, early] : [usual, nearby, quiet, early];
  }
  const inAnyCase = [early, exactly(FLOOR_VARIANCE)];
  return isShort ? [exactly(), usual, ...inAnyCase] : [usual, exactly(), ...inAnyCase];
}

/** A search that crawls takes Stan up to 10,000 iterations. */
function lbfgsIterations(problem: FitProblem): number {
  const most = Math.floor(LBFGS_WORK / valueCost(problem));
  return Math.max(LEAST_ITERATIONS, Math.min(MAX_ITERATIONS, most));
}

function isSound({ k, m, sigmaObs, delta, beta }: ProphetParameters): boolean {
  const hasSoundNoise = sigmaObs > LEAST_SIGMA && Number.isFinite(sigmaObs);
  return hasSoundNoise && [k, m].concat(...delta, ...beta).every(Number.isFinite);
}
