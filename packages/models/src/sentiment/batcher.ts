/**
 * Micro-batches: combines single calls into calls for many inputs, for engines where that is cheaper.
 *
 * A call waits until `maxBatchSize` calls have come or `maxLatencyMs` have passed since the first
 * one. Only one batch runs at a time. An error of the engine fails every call of its batch.
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

/** @param computeMany Returns one output for each input, in the same order. */
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
    // The calls that came meanwhile have waited long enough.
    void flush();
  };

  return (input) =>
    new Promise((resolve, reject) => {
      waiting.push({ input, resolve, reject });
      if (waiting.length >= maxBatchSize) void flush();
      else timer ??= setTimeout(() => void flush(), maxLatencyMs);
    });
}
