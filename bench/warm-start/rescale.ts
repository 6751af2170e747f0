import type { ProphetFit, StanParameters } from '@deja/models/prophet';

/**
 * The parameters of a fit in the scales of another frame of equal shape: the same trend at the new
 * changepoints, the same effects in the unit of y.
 */
export function rescale(
  { frame: old, parameters }: ProphetFit,
  frame: ProphetFit['frame'],
): StanParameters {
  const size = old.yScale / frame.yScale;
  const span = (frame.last - frame.first) / (old.last - old.first);
  const oldTime = (t: number) => (frame.first - old.first) / (old.last - old.first) + t * span;
  const rateAt = (t: number) =>
    old.changepoints.reduce(
      (rate, change, at) => rate + (change <= t ? (parameters.delta[at] as number) : 0),
      parameters.k,
    );
  const { changepoints } = frame;
  const rates = changepoints.map((from, at) =>
    rateAt(oldTime((from + (changepoints[at + 1] ?? 1)) / 2)),
  );
  const first = rateAt(oldTime((changepoints[0] ?? 1) / 2));
  return {
    k: first * span * size,
    m: parameters.m * size,
    delta: Float64Array.from(rates, (rate, at) => (rate - (rates[at - 1] ?? first)) * span * size),
    beta: parameters.beta.map((effect) => effect * size),
    sigmaObs: parameters.sigmaObs * size,
  };
}
