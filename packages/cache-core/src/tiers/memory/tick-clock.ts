let now = 0;
const forget = (): void => {
  now = 0;
};

/**
 * Epoch ms at the first call within a stretch of code that runs without a pause, the same for the
 * rest of it. For loops over many entries: a read of the clock takes 45 ns, several times what a
 * look-up in memory does, a second call here 5 ns (2026-11, Node 24.21).
 */
export function tickClock(): number {
  if (now === 0) {
    now = Date.now();
    queueMicrotask(forget);
  }
  return now;
}
