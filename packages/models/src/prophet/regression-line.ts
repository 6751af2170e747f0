/** A straight line through points. */
export interface Line {
  readonly intercept: number;
  /** Per unit of t. */
  readonly slope: number;
  /** Standard deviation of what is left, with n - 2 degrees of freedom; 0 for two points. */
  readonly sigma: number;
  /** The largest distance of a point from the line. */
  readonly maxError: number;
}

/** Least squares; the t must not all be equal. */
export function leastSquares(t: readonly number[], y: readonly number[]): Line {
  const meanT = mean(t);
  const meanY = mean(y);
  let covariance = 0;
  let variance = 0;
  t.forEach((at, index) => {
    covariance += (at - meanT) * ((y[index] as number) - meanY);
    variance += (at - meanT) ** 2;
  });
  const slope = covariance / variance;
  const intercept = meanY - slope * meanT;
  const errors = y.map((value, at) => value - intercept - slope * (t[at] as number));
  const squares = errors.reduce((sum, error) => sum + error * error, 0);
  return {
    intercept,
    slope,
    sigma: y.length > 2 ? Math.sqrt(squares / (y.length - 2)) : 0,
    maxError: errors.reduce((most, error) => Math.max(most, Math.abs(error)), 0),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
