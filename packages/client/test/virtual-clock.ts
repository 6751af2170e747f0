import type { Clock } from '../src/index.ts';

/** Time that passes only when a test says so, or when the client pauses. */
export interface VirtualClock extends Clock {
  /** Every pause of the client. Unit: s. */
  readonly sleepsS: number[];
  /** The limit that runs now. Unit: s. */
  limitS(): number | undefined;
  advance(seconds: number): void;
  /** Lets the limit that runs now pass. */
  expire(): void;
}

export function createVirtualClock(): VirtualClock {
  let nowMs = 0;
  const timers: { readonly ms: number; readonly call: () => void }[] = [];
  const sleepsS: number[] = [];
  return {
    sleepsS,
    now: () => nowMs,
    random: Math.random,
    async sleep(ms) {
      sleepsS.push(ms / 1000);
      nowMs += ms;
    },
    after(ms, call) {
      const timer = { ms, call };
      timers.push(timer);
      return () => {
        const at = timers.indexOf(timer);
        if (at >= 0) timers.splice(at, 1);
      };
    },
    limitS: () => timers.at(-1) && Number(timers.at(-1)?.ms) / 1000,
    advance(seconds) {
      nowMs += seconds * 1000;
    },
    expire() {
      const timer = timers.pop();
      if (!timer) throw new Error('the request has no limit');
      nowMs += timer.ms;
      timer.call();
    },
  };
}
