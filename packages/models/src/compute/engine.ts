/**
 * Prophet's Stan model through augurs (WASM): one series in, the components of its forecast out.
 *
 * What it promises, whatever the series:
 *
 *  - every object of the engine is freed, unless the engine trapped while it was in use;
 *  - a trap is an `EngineTrappedError`, after which the process must end: the 16th trap leaves an
 *    engine that fits nothing any more;
 *  - `newton` is never used (it traps), nor are the engine's own intervals, whose cost grows with
 *    the square of the horizon (42.8 s for 10,000 steps) and which differ on every call.
 */
import { readFileSync } from 'node:fs';
import { initSync, Prophet } from '@bsull/augurs/prophet';
import { optimizer as stan } from '@bsull/augurs-prophet-wasmstan';
import { EngineTrappedError, InputError } from '../errors.ts';
import type { SeasonalityOrders } from '../forecast/seasonality.ts';

export interface FitRequest {
  /** UNIX seconds, ascending, at least four, at least two of them distinct. */
  readonly ds: readonly number[];
  readonly y: readonly number[];
  readonly futureDs: readonly number[];
  readonly orders: SeasonalityOrders;
  readonly mode: 'additive' | 'multiplicative';
}

/** A fit, and its components at the future dates, in the unit of y. */
export interface Fit {
  readonly yhat: readonly number[];
  readonly trend: readonly number[];
  readonly additive: readonly number[];
  readonly multiplicative: readonly number[];
  /** Rate changes at the changepoints, scaled as in Prophet: y by max |y|, time by the history. */
  readonly deltas: Float64Array;
  /** Observation noise, scaled by max |y|. */
  readonly sigma: number;
}

type Optimize = typeof stan.optimize;
type Parameters_ = ReturnType<Optimize>['params'];

/** One way to look for the optimum. */
interface Attempt {
  readonly sigmaObs?: number;
  readonly algorithm?: 'lbfgs' | 'bfgs';
  readonly iter?: number;
}

// Of 1,500 short random series (2026-11), Stan's L-BFGS from Prophet's own start lost 303 to a line
// search that found no descent at the first step; BFGS with a smaller first noise fitted 299 of
// these, came nearest to the true optimum, and never trapped. Prophet itself uses Newton below 100
// points and as its second try.
const LBFGS: Attempt = { algorithm: 'lbfgs' };
const BFGS: Attempt = { algorithm: 'bfgs', sigmaObs: 0.1 };
// A series that the model can follow exactly has no optimum (its noise goes to 0): stop early. With
// many more parameters than points it always can, and BFGS traps there (4 of 300 with 5 points).
const EARLY: Attempt = { algorithm: 'lbfgs', sigmaObs: 0.1, iter: 50 };
const NEWTON_BELOW = 100;
// BFGS keeps dense matrices on the WASM stack: with 64 parameters they run over its end, and the
// engine traps or never returns. 62 still work.
const MAX_BFGS_PARAMETERS = 56;

const augursUrl = import.meta.resolve('@bsull/augurs/prophet');
initSync({ module: readFileSync(new URL('prophet_bg.wasm', augursUrl)) });

/** Throws `InputError` when no attempt finds a fit, `EngineTrappedError` after a trap. */
export function fitProphet(request: FitRequest): Fit {
  const search = createSearch(request.y.length);
  let prophet: Prophet | undefined;
  try {
    prophet = new Prophet({
      optimizer: search,
      uncertaintySamples: 0,
      seasonalityMode: request.mode,
      yearlySeasonality: seasonality(request.orders.yearly),
      weeklySeasonality: seasonality(request.orders.weekly),
      dailySeasonality: seasonality(request.orders.daily),
    });
    prophet.fit({ ds: [...request.ds], y: [...request.y] });
    const { yhat, trend, additive, multiplicative } = prophet.predict({
      ds: [...request.futureDs],
    });
    const { delta, sigmaObs } = search.found() as Parameters_;
    return {
      yhat: yhat.point,
      trend: trend.point,
      additive: additive.point,
      multiplicative: multiplicative.point,
      deltas: delta,
      sigma: sigmaObs,
    };
  } catch (error) {
    if (search.trapped() || isTrap(error))
      throw new EngineTrappedError('the forecasting engine broke on this series', { cause: error });
    if (search.failed())
      throw new InputError([{ path: '/data', message: 'no fit of this series was found' }], {
        cause: error,
      });
    throw error;
  } finally {
    free(prophet);
  }
}

function createSearch(points: number) {
  let found: Parameters_ | undefined;
  let trap = false;
  let missed = false;
  const optimize: Optimize = (init, data, opts) => {
    let lastError: unknown;
    const parameters = init.delta.length + init.beta.length + 3;
    for (const { sigmaObs = init.sigmaObs, ...settings } of attemptsFor(points, parameters)) {
      try {
        const output = stan.optimize({ ...init, sigmaObs }, data, { ...opts, ...settings });
        found = output.params;
        return output;
      } catch (error) {
        lastError = error;
        trap = isTrap(error);
        if (trap) break;
      }
    }
    missed = !trap;
    throw lastError;
  };
  return {
    optimize,
    found: () => found,
    trapped: () => trap,
    failed: () => missed,
  };
}

function attemptsFor(points: number, parameters: number): readonly Attempt[] {
  const bfgs = parameters <= MAX_BFGS_PARAMETERS;
  if (parameters > 2 * points) return [EARLY, LBFGS];
  if (points < NEWTON_BELOW && bfgs) return [BFGS, LBFGS, EARLY];
  return bfgs ? [LBFGS, BFGS, EARLY] : [LBFGS, EARLY];
}

function seasonality(order: number) {
  return order === 0
    ? ({ type: 'manual', enabled: false } as const)
    : ({ type: 'fourier', order } as const);
}

// By name: TypeScript's lib for Node does not know `WebAssembly.RuntimeError`.
function isTrap(error: unknown): boolean {
  return error instanceof Error && error.name === 'RuntimeError';
}

// A panic leaves the object borrowed, and freeing it throws: the first error is the one to tell.
function free(prophet: Prophet | undefined): void {
  try {
    prophet?.free();
  } catch {}
}
