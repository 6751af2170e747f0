import { piecesObjective } from './pieces-objective.ts';
import type { FitProblem, Objective } from './problem.ts';
import { rowsObjective } from './rows-objective.ts';
import { triangleObjective } from './triangle-objective.ts';

/** Minus the log posterior, made so that its values cost least. All ways agree up to rounding. */
export function objectiveOf(problem: FitProblem): Objective {
  const make = { triangle: triangleObjective, pieces: piecesObjective, rows: rowsObjective };
  return make[cheapestWay(problem)](problem);
}

/** A multiplication of `rows` beside one of the others, and what a row costs without features. */
const ROW_COST = 1.5;
const ROW_OVERHEAD = 8;

/** Counts the multiplications of a value. */
export function cheapestWay(problem: FitProblem): 'triangle' | 'pieces' | 'rows' {
  const { growth, t, changepoints, features, additive } = problem;
  if (growth === 'logistic') return 'rows';
  const multiplicative = additive.filter((isAdditive) => !isAdditive).length;
  const rows = ROW_COST * t.length * (2 * features.width + ROW_OVERHEAD);
  if (multiplicative === 0)
    return (2 + changepoints.length + features.width) ** 2 < rows ? 'triangle' : 'rows';
  const n = 3 + multiplicative + features.width;
  return (changepoints.length + 1) * n * n < rows ? 'pieces' : 'rows';
}
