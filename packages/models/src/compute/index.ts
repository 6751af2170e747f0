/**
 * For slots only: loading this module loads nothing yet, `warmUp` loads the engines. A run that
 * throws `EngineTrappedError` has damaged the process, which should report it and exit.
 */
import { createForecastModel } from '../forecast/model.ts';
import type { ComputeContext, Model } from '../model.ts';
import { createSentimentModel } from '../sentiment/model.ts';

export { EngineTrappedError } from '../errors.ts';

/** Loads both engines and runs one tiny input through each, so that the first request is fast. */
export async function warmUp(): Promise<void> {
  await runOnce(createSentimentModel(), { text: 'good' });
  const y = [3, 1, 4, 1, 5, 9, 2, 6];
  const data = y.map((value, at) => ({ ds: `2024-01-0${at + 1}`, y: value }));
  await runOnce(createForecastModel(), { model_id: 'warm-up', data, periods: 1 });
}

async function runOnce(model: Model, body: unknown): Promise<void> {
  const context: ComputeContext = {
    signal: new AbortController().signal,
    progress() {},
    artefacts: { read: async () => undefined, write() {} },
    beginLongWork() {},
    freshFor() {},
    count() {},
  };
  await model.run(model.prepare(body).input, context);
}
