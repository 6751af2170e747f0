/**
 * The optimum of Prophet's Stan model (`prophet.stan`, compiled to WASM): scaled data in,
 * parameters out. Equal data give equal parameters.
 *
 *  - a trap is an `EngineTrappedError`, after which the process must end: the 16th trap leaves an
 *    engine that fits nothing any more;
 *  - `newton`, Prophet's own choice below 100 points, is never used: it traps.
 */
import { optimizer as stan } from '@bsull/augurs-prophet-wasmstan';
import { EngineTrappedError, InputError } from '../errors.ts';

/** What the Stan program takes, under its own names. */
export interface StanData {
  readonly t: readonly number[];
  readonly y: readonly number[];
  /** Scaled; zeros unless growth is logistic. */
  readonly cap: readonly number[];
  readonly t_change: readonly number[];
  /** 0 linear, 1 logistic, 2 flat. */
  readonly trend_indicator: 0 | 1 | 2;
  /** Rows of features. */
  readonly X: readonly (readonly number[])[];
  /** Of each feature: prior scale, and whether it is additive. */
  readonly sigmas: readonly number[];
  readonly s_a: readonly (0 | 1)[];
  readonly tau: number;
}

/** What Stan finds, scaled. Fits of a series with other rows have other lengths. */
export interface StanParameters {
  readonly k: number;
  readonly m: number;
  /** One for each changepoint. */
  readonly delta: Float64Array;
  /** One for each feature. */
  readonly beta: Float64Array;
  /** Observation noise. */
  readonly sigmaObs: number;
}

/** One way to look for the optimum. */
interface Attempt {
  readonly sigmaObs?: number;
  readonly algorithm: 'lbfgs' | 'bfgs';
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
// BFGS does not return from some logistic trends (2026-11: 20 points far below their cap).
const LOGISTIC = 1;
const QUIET: Attempt = { algorithm: 'lbfgs', sigmaObs: 0.1 };
const NEWTON_BELOW = 100;
// BFGS keeps dense matrices on the WASM stack: with 64 parameters they run over its end, and the
// engine traps or never returns. 62 still work.
const MAX_BFGS_PARAMETERS = 56;
/** Prophet's. */
const MAX_ITERATIONS = 10_000;

/** Throws `InputError` when no attempt finds an optimum, `EngineTrappedError` after a trap. */
export function optimise(data: StanData, init: StanParameters): StanParameters {
  const parameters = init.delta.length + init.beta.length + 3;
  const start = {
    ...init,
    // Stan wants a feature at least.
    beta: init.beta.length === 0 ? new Float64Array(1) : init.beta,
  };
  const json = stanJson(data);
  let failure: unknown;
  for (const { sigmaObs, ...settings } of attemptsFor(data, parameters)) {
    try {
      const { params } = stan.optimize({ ...start, sigmaObs: sigmaObs ?? init.sigmaObs }, json, {
        iter: MAX_ITERATIONS,
        ...settings,
      });
      const { k, m, delta, beta, sigmaObs: found } = params;
      return { k, m, delta, beta: beta.slice(0, init.beta.length), sigmaObs: found };
    } catch (cause) {
      if (isTrap(cause))
        throw new EngineTrappedError('the forecasting engine broke on this series', { cause });
      failure = cause;
    }
  }
  throw new InputError([{ path: '/data', message: 'no fit of this series was found' }], {
    cause: failure,
  });
}

function attemptsFor({ t, trend_indicator }: StanData, parameters: number): readonly Attempt[] {
  const points = t.length;
  if (trend_indicator === LOGISTIC) return [LBFGS, QUIET, EARLY];
  const bfgs = parameters <= MAX_BFGS_PARAMETERS;
  if (parameters > 2 * points) return [EARLY, LBFGS];
  if (points < NEWTON_BELOW && bfgs) return [BFGS, LBFGS, EARLY];
  return bfgs ? [LBFGS, BFGS, EARLY] : [LBFGS, EARLY];
}

function stanJson(data: StanData): string {
  const empty = data.sigmas.length === 0;
  const features = empty
    ? { X: data.t.map(() => [0]), sigmas: [1], s_a: [0], s_m: [0] }
    : { s_m: data.s_a.map((additive) => 1 - additive) };
  return JSON.stringify({
    ...data,
    ...features,
    T: data.t.length,
    S: data.t_change.length,
    K: empty ? 1 : data.sigmas.length,
  });
}

// By name: TypeScript's lib for Node does not know `WebAssembly.RuntimeError`.
function isTrap(error: unknown): boolean {
  return error instanceof Error && error.name === 'RuntimeError';
}
