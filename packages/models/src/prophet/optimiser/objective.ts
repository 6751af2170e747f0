import { piecesObjective } from './pieces-objective.ts';
import type { FitProblem, Objective } from './problem.ts';
import { rowsObjective } from './rows-objective.ts';
import { triangleObjective } from './triangle-objective.ts';

/** Minus the log posterior, made so that its values cost least. All ways agree up to rounding. */
export function objectiveOf(problem: FitProblem): Objective {
  const make = { triangle: triangleObjective, pieces: piecesObjective, rows: rowsObjective };
  return make[cheapestWay(problem)](problem);
}

/** What a row costs besides its features, in multiplications; the second one with an exponential. */
const ROW_OVERHEAD = { linear: 40, logistic: 65 };

/** By the multiplications of a value. */
export function cheapestWay(problem: FitProblem): 'triangle' | 'pieces' | 'rows' {
  const costs = costsOf(problem);
  if (costs.triangle < costs.rows) return 'triangle';
  return costs.pieces < costs.rows ? 'pieces' : 'rows';
}

/** Multiplications of a value and its gradient. */
export function valueCost(problem: FitProblem): number {
  return costsOf(problem)[cheapestWay(problem)];
}

function costsOf({ growth, t, changepoints, features, additive }: FitProblem) {
  const multiplicative = additive.filter((isAdditive) => !isAdditive).length;
  const isLinear = growth !== 'logistic';
  const never = Number.POSITIVE_INFINITY;
  return {
    rows: t.length * (2 * features.width + ROW_OVERHEAD[isLinear ? 'linear' : 'logistic']),
    triangle:
      isLinear && multiplicative === 0 ? (2 + changepoints.length + features.width) ** 2 : never,
    pieces:
      isLinear && multiplicative > 0
        ? (changepoints.length + 1) * (3 + multiplicative + features.width) ** 2
        : never,
  };
}
