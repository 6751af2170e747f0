/** Random numbers from a fixed seed: the same sequence in every process. */
export interface Random {
  /** Standard normal. */
  normal(): number;
  /** Mean 1. */
  exponential(): number;
  /** Mean 0, scale 1 (variance 2). */
  laplace(): number;
}

/** sfc32 (Chris Doty-Humphrey, PractRand), warmed up from `seed`. */
export function createRandom(seed = 20_180_107): Random {
  let a = seed | 0;
  let b = 0x9e3779b9 | 0;
  let c = 0x243f6a88 | 0;
  let counter = 1;
  let spare: number | undefined;

  // In (0, 1): never 0, whose logarithm is infinite.
  function uniform(): number {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return ((sum >>> 0) + 0.5) / 4_294_967_296;
  }
  for (let round = 0; round < 16; round += 1) uniform();

  return {
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log(uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    exponential: () => -Math.log(uniform()),
    laplace() {
      const u = uniform();
      return u < 0.5 ? Math.log(2 * u) : -Math.log(2 * (1 - u));
    },
  };
}
