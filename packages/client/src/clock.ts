/** Time and chance, as the client needs them: tests give their own. */
export interface Clock {
  /** Unit: ms. Only differences count. */
  now(): number;
  /** Rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls once, unless the returned function was called before. */
  after(ms: number, call: () => void): () => void;
  /** From 0 to 1. */
  random(): number;
}

/** A longer timer would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const timer = setTimeout(done, Math.min(ms, LONGEST_MS));
      signal?.addEventListener('abort', leave);
      function done(): void {
        signal?.removeEventListener('abort', leave);
        resolve();
      }
      function leave(): void {
        clearTimeout(timer);
        reject(signal?.reason);
      }
    }),
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};
