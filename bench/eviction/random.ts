/** Repeatable randomness: a trace is the same at every run, on every machine. */
export type Random = () => number;

/** mulberry32: 32 bits of state, uniform in [0, 1). */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Ranks 0..count-1, rank r with a probability in proportion to 1 / (r + 1) ** exponent. */
export function zipf(random: Random, count: number, exponent: number): () => number {
  const upTo = new Float64Array(count);
  let sum = 0;
  for (let rank = 0; rank < count; rank += 1) {
    sum += 1 / (rank + 1) ** exponent;
    upTo[rank] = sum;
  }
  return () => {
    const drawn = random() * sum;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((upTo[middle] as number) > drawn) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/** Between `low` and `high`, their orders of magnitude equally likely. */
export function logUniform(random: Random, low: number, high: number): number {
  return low * (high / low) ** random();
}

/** The same in 64 steps, so that there are few sizes. */
export function sizeBetween(random: Random, low: number, high: number): number {
  return Math.round(low * (high / low) ** (Math.floor(random() * 64) / 63));
}
