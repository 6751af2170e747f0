/**
 * For slots only. Loading this module loads no engine; `warmUp` does. A run that throws
 * `EngineTrappedError` has damaged the process, which should report this and exit.
 */
import type { ComputeContext, Model } from './define-model.ts';

export { EngineTrappedError } from './errors.ts';

const WARM_UPS: Readonly<Record<string, unknown>> = {
  sentiment: { text: 'good' },
  forecast: {
    model_id: 'warm-up',
    data: [3, 1, 4, 1, 5, 9, 2, 6].map((y, at) => ({ ds: `2024-01-0${at + 1}`, y })),
    periods: 1,
  },
};

/** Loads the engines of built-in models and runs one tiny input through each, so that the first run is fast. */
export async function warmUp(models: Iterable<Model>): Promise<void> {
  const context: ComputeContext = {
    signal: new AbortController().signal,
    progress() {},
    artefacts: { read: async () => undefined, write() {} },
    beginLongWork() {},
    freshFor() {},
    count() {},
  };
  for (const model of models) {
    const body = WARM_UPS[model.name];
    if (body !== undefined) await model.run(model.prepare(body).input, context);
  }
}
