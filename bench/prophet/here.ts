/** Prophet as this project has it, taken apart for measuring, and Stan's WASM build in its place. */
import { createForecastModel } from '@deja/models';
import type { ForecastInput } from '../../packages/models/src/forecast/input.ts';
import { optimise } from '../../packages/models/src/prophet/optimiser/policy.ts';
import type { ProphetParameters } from '../../packages/models/src/prophet/optimiser/problem.ts';
import { predictRows } from '../../packages/models/src/prophet/predict.ts';
import { askedRows, seriesOf } from '../../packages/models/src/prophet/series.ts';
import { scaled } from '../../packages/models/src/prophet/train.ts';
import { context } from '../../packages/models/test/series.ts';
import { fitByStan } from '../../packages/models/test/stan.ts';
import type { Case } from './series.ts';

const model = createForecastModel({ maxFourierOrder: 60 });

export function prepared({ data, options }: Case, periods: number): ForecastInput {
  return inputOf({ model_id: 'bench', data, periods, options });
}

export function inputOf(body: unknown): ForecastInput {
  return model.prepare(body).input as ForecastInput;
}

export function problemOf(input: ForecastInput): ReturnType<typeof scaled> {
  return scaled(seriesOf(input), input.fit);
}

/** undefined: no fit was found. */
export function fitHere({
  problem,
  start,
}: ReturnType<typeof scaled>): ProphetParameters | undefined {
  return optimise(problem, start);
}

/** undefined: its search failed, or it trapped. */
export function fitInWasm({
  problem,
  start,
}: ReturnType<typeof scaled>): ProphetParameters | undefined {
  try {
    return fitByStan(problem, start).parameters;
  } catch {
    return undefined;
  }
}

/** yhat of the asked dates, from parameters of whoever. */
export function forecastFrom(
  input: ForecastInput,
  parameters: ProphetParameters,
  samples = 0,
): readonly number[] {
  const { frame } = problemOf(input);
  const fit = { kind: 'prophet', options: input.fit, frame, parameters, warnings: [] } as const;
  const answer = { ...input.answer, uncertainty_samples: samples };
  return predictRows(fit, askedRows(input), answer).yhat;
}

/** All that a slot does: JSON of a normalised input in, JSON of the answer out. */
export async function computeWhole(json: string): Promise<string> {
  return JSON.stringify(await model.run(JSON.parse(json), context));
}

/** 20 million multiplications and additions, one after the other. */
export function calibrate(): number {
  let sum = 0;
  for (let i = 0; i < 20_000_000; i += 1) sum = sum * 0.999_999 + 1;
  return sum;
}
