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
export function leastSquares(t: ArrayLike<number>, y: ArrayLike<number>): Line {
  const count = y.length;
  const meanT = mean(t);
  const meanY = mean(y);
  let covariance = 0;
  let variance = 0;
  for (let at = 0; at < count; at += 1) {
    const distance = (t[at] as number) - meanT;
    covariance += distance * ((y[at] as number) - meanY);
    variance += distance * distance;
  }
  const slope = covariance / variance;
  const intercept = meanY - slope * meanT;
  let squares = 0;
  let maxError = 0;
  for (let at = 0; at < count; at += 1) {
    const error = (y[at] as number) - intercept - slope * (t[at] as number);
    squares += error * error;
    maxError = Math.max(maxError, Math.abs(error));
  }
  const sigma = count > 2 ? Math.sqrt(squares / (count - 2)) : 0;
  return { intercept, slope, sigma, maxError };
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < values.length; at += 1) sum += values[at] as number;
  return sum / values.length;
}
