/**
 * Which keys a simulation follows: those whose digits 16 to 23 lie below a limit (spatially hashed
 * sampling; Waldspurger et al., "Efficient MRC construction with SHARDS", FAST 2015). A key is either
 * always followed or never, so a simulation sees whole histories of keys.
 */
const ALL = 2 ** 32;

export class KeySample {
  /** The share of all keys that is followed, in 0..1. */
  rate = 1;
  /** For how many keys a sampled one stands. */
  weight = 1;
  #limit = 'g'; // above every digit

  /** @param key 64 lower-case hex digits. */
  has(key: string): boolean {
    return key.slice(16, 24) < this.#limit;
  }

  halve(): void {
    this.rate /= 2;
    this.weight *= 2;
    this.#limit = Math.floor(ALL * this.rate)
      .toString(16)
      .padStart(8, '0');
  }
}
