import type { FitOptions } from '../forecast/fit-options.ts';
import type { Frame } from './frame.ts';
import type { ProphetParameters } from './optimiser/problem.ts';

/** A fit that was stored predicts as the one just made. */
export interface ProphetFit {
  readonly kind: 'prophet';
  readonly options: FitOptions;
  readonly frame: Frame;
  readonly parameters: ProphetParameters;
}

/** Whether parameters that were stored can belong to `frame`: lengths, and finite throughout. */
export function isFitOf(frame: Frame, { k, m, delta, beta, sigmaObs }: ProphetParameters): boolean {
  return (
    delta.length === frame.changepoints.length &&
    beta.length === frame.blocks.reduce((sum, { width }) => sum + width, 0) &&
    [k, m, sigmaObs, ...delta, ...beta].every(Number.isFinite) &&
    sigmaObs > 0
  );
}
