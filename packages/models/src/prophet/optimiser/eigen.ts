/**
 * Eigenvalues and eigenvectors of a symmetric matrix: Householder reduction to three diagonals, then
 * the QL method with implicit shifts (tred2 and tql2 of EISPACK; Wilkinson & Reinsch 1971).
 */
export interface Eigen {
  readonly values: Float64Array;
  /** n x n, by rows: column j belongs to value j. */
  readonly vectors: Float64Array;
}

const MAX_SWEEPS = 60;

/** @param matrix n x n, by rows; destroyed. undefined: no end in sight, or not finite. */
export function eigenOf(matrix: Float64Array, n: number): Eigen | undefined {
  const values = new Float64Array(n);
  const beside = new Float64Array(n);
  reduce(matrix, n, values, beside);
  return rotate(matrix, n, values, beside) ? { values, vectors: matrix } : undefined;
}

/** Leaves the diagonal in d, what is beside it in e, and the reflections as vectors in z. */
function reduce(z: Float64Array, n: number, d: Float64Array, e: Float64Array): void {
  for (let i = n - 1; i > 0; i -= 1) {
    const last = i - 1;
    let scale = 0;
    for (let k = 0; k <= last; k += 1) scale += Math.abs(z[i * n + k]!);
    if (last === 0 || scale === 0) {
      e[i] = z[i * n + last]!;
      d[i] = 0;
      continue;
    }
    let h = 0;
    for (let k = 0; k <= last; k += 1) {
      z[i * n + k]! /= scale;
      h += z[i * n + k]! ** 2;
    }
    const f = z[i * n + last]!;
    const g = f >= 0 ? -Math.sqrt(h) : Math.sqrt(h);
    e[i] = scale * g;
    h -= f * g;
    z[i * n + last] = f - g;
    let inner = 0;
    for (let j = 0; j <= last; j += 1) {
      z[j * n + i] = z[i * n + j]! / h;
      let sum = 0;
      for (let k = 0; k <= j; k += 1) sum += z[j * n + k]! * z[i * n + k]!;
      for (let k = j + 1; k <= last; k += 1) sum += z[k * n + j]! * z[i * n + k]!;
      e[j] = sum / h;
      inner += e[j]! * z[i * n + j]!;
    }
    const half = inner / (h + h);
    for (let j = 0; j <= last; j += 1) {
      const value = z[i * n + j]!;
      const rest = e[j]! - half * value;
      e[j] = rest;
      for (let k = 0; k <= j; k += 1) z[j * n + k]! -= value * e[k]! + rest * z[i * n + k]!;
    }
    d[i] = h;
  }
  d[0] = 0;
  e[0] = 0;
  for (let i = 0; i < n; i += 1) {
    if (d[i] !== 0)
      for (let j = 0; j < i; j += 1) {
        let sum = 0;
        for (let k = 0; k < i; k += 1) sum += z[i * n + k]! * z[k * n + j]!;
        for (let k = 0; k < i; k += 1) z[k * n + j]! -= sum * z[k * n + i]!;
      }
    d[i] = z[i * n + i]!;
    z[i * n + i] = 1;
    for (let j = 0; j < i; j += 1) {
      z[j * n + i] = 0;
      z[i * n + j] = 0;
    }
  }
}

/** Turns the three diagonals into one, the vectors with them. */
function rotate(z: Float64Array, n: number, d: Float64Array, e: Float64Array): boolean {
  for (let i = 1; i < n; i += 1) e[i - 1] = e[i]!;
  e[n - 1] = 0;
  for (let l = 0; l < n; l += 1) {
    for (let sweep = 0; ; sweep += 1) {
      let m = l;
      for (; m < n - 1; m += 1) {
        const size = Math.abs(d[m]!) + Math.abs(d[m + 1]!);
        if (Math.abs(e[m]!) <= Number.EPSILON * size) break;
      }
      if (m === l) break;
      if (sweep === MAX_SWEEPS) return false;
      let g = (d[l + 1]! - d[l]!) / (2 * e[l]!);
      let r = Math.hypot(g, 1);
      g = d[m]! - d[l]! + e[l]! / (g + (g >= 0 ? r : -r));
      let s = 1;
      let c = 1;
      let p = 0;
      let i = m - 1;
      for (; i >= l; i -= 1) {
        const f = s * e[i]!;
        const b = c * e[i]!;
        r = Math.hypot(f, g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1]! -= p;
          e[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1]! - p;
        r = (d[i]! - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        for (let k = 0; k < n; k += 1) {
          const right = z[k * n + i + 1]!;
          const left = z[k * n + i]!;
          z[k * n + i + 1] = s * left + c * right;
          z[k * n + i] = c * left - s * right;
        }
      }
      if (r === 0 && i >= l) continue;
      d[l]! -= p;
      e[l] = g;
      e[m] = 0;
    }
  }
  return d.every(Number.isFinite);
}
