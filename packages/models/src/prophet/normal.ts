/** The standard normal distribution, to about 14 digits. */

/** P(X <= x). */
export function normalCdf(x: number): number {
  const upper = upperTail(Math.abs(x));
  return x > 0 ? 1 - upper : upper;
}

export function normalDensity(x: number): number {
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
}

/** The x > 0 with P(-x < X < x) = `width`, in (0, 1). */
export function normalHalfWidth(width: number): number {
  const outside = (1 - width) / 2;
  let low = 0;
  let high = 40;
  let x = 1;
  for (let round = 0; round < 200; round += 1) {
    const tail = upperTail(x);
    if (tail > outside) low = x;
    else high = x;
    const next = x + (tail - outside) / normalDensity(x);
    const to = next > low && next < high ? next : (low + high) / 2;
    if (Math.abs(to - x) <= 1e-14 * x) return to;
    x = to;
  }
  return x;
}

/** P(X > x) for x >= 0: a series near 0, a continued fraction in the tail. */
function upperTail(x: number): number {
  const z = x / Math.SQRT2;
  if (z < 2.5) {
    let term = z;
    let sum = z;
    for (let k = 1; Math.abs(term) > 1e-17 * sum; k += 1) {
      term *= (-z * z) / k;
      sum += term / (2 * k + 1);
    }
    return 0.5 - sum / Math.sqrt(Math.PI);
  }
  let fraction = 0;
  for (let k = 60; k > 0; k -= 1) fraction = k / 2 / (z + fraction);
  return Math.exp(-z * z) / Math.sqrt(Math.PI) / (z + fraction) / 2;
}
