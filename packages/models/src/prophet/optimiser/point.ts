import type { Objective } from './problem.ts';

/** A place, the objective's value and gradient there. Written anew where it is tried again. */
export interface Point {
  x: Float64Array;
  gradient: Float64Array;
  value: number;
}

export function createPoint(x: Float64Array): Point {
  return { x: Float64Array.from(x), gradient: new Float64Array(x.length), value: Number.NaN };
}

/** False where value or gradient is not finite. */
export function evaluate(objective: Objective, point: Point): boolean {
  point.value = objective(point.x, point.gradient);
  if (!Number.isFinite(point.value)) return false;
  for (const slope of point.gradient) if (!Number.isFinite(slope)) return false;
  return true;
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += a[i]! * b[i]!;
  return sum;
}
