/**
 * Micro-batches: single calls become calls for many, where that is cheaper for an engine.
 *
 * A call waits until `maxBatchSize` are together or `maxLatencyMs` have passed since the first of them,
 * and one batch is under way at a time. The engine's error is everybody's in that batch.
 */
export interface BatcherOptions {
  readonly maxBatchSize: number;
  /** Unit: ms. */
  readonly maxLatencyMs: number;
}

interface Waiting<I, O> {
  readonly input: I;
  readonly resolve: (output: O) => void;
  readonly reject: (error: unknown) => void;
}

/** @param computeMany As many outputs as inputs, in their order. */
export function createBatcher<I, O>(
  computeMany: (inputs: readonly I[]) => Promise<readonly O[]>,
  { maxBatchSize, maxLatencyMs }: BatcherOptions,
): (input: I) => Promise<O> {
  const waiting: Waiting<I, O>[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isBusy = false;

  const flush = async () => {
    clearTimeout(timer);
    timer = undefined;
    if (isBusy || waiting.length === 0) return;
    isBusy = true;
    const batch = waiting.splice(0, maxBatchSize);
    try {
      const outputs = await computeMany(batch.map(({ input }) => input));
      if (outputs.length !== batch.length)
        throw new Error(`the engine gave ${outputs.length} answers to ${batch.length} inputs`);
      for (const [at, { resolve }] of batch.entries()) resolve(outputs[at] as O);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    isBusy = false;
    // Those who came in between have waited for long enough.
    void flush();
  };

  return (input) =>
    new Promise((resolve, reject) => {
      waiting.push({ input, resolve, reject });
      if (waiting.length >= maxBatchSize) void flush();
      else timer ??= setTimeout(() => void flush(), maxLatencyMs);
    });
}
