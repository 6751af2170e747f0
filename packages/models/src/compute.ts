/**
 * For slots only. Loading this module loads no engine; `warmUp` does.
 */
import type { ComputeContext, Model } from './define-model.ts';

const WARM_UPS: Readonly<Record<string, unknown>> = {
  sentiment: { text: 'good' },
  forecast: {
    model_id: 'warm-up',
    // Long enough for the search to be compiled: the first series after it takes half as long.
    data: Array.from({ length: 800 }, (_, at) => ({
      ds: new Date(Date.UTC(2020, 0, 1 + at)).toISOString().slice(0, 10),
      y: Math.sin(at) + Math.cos(at / 60) + ((at * at * 7919) % 11),
    })),
    periods: 10,
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
    note() {},
  };
  for (const model of models) {
    const body = WARM_UPS[model.name];
    if (body !== undefined) await model.run(model.prepare(body).input, context);
  }
}
