/** The last few hundred of a stream of numbers. */
export class RecentValues {
  readonly #values = new Float64Array(512);
  #count = 0;

  add(value: number): void {
    this.#values[this.#count % this.#values.length] = value;
    this.#count += 1;
  }

  /** @param share In 0..1. Undefined: nothing was added yet. */
  quantile(share: number): number | undefined {
    const sorted = this.#values.slice(0, this.#count).sort();
    return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  }
}
