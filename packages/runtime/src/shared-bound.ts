/**
 * A bound that tenants share, such as that on requests that wait in this process (dynamic thresholds:
 * Choudhury, Hahne, 1998). One that wants more than it has gets it while it has less than is free. So one
 * alone gets half, two that want all get a third each, and however many they are, something is free for
 * another one. What nobody's is has the whole as its only bound.
 */
export class SharedBound {
  readonly max: number;
  readonly #held = new Map<string, number>();
  #size = 0;

  constructor(max: number) {
    this.max = max;
  }

  /** What all hold. */
  get size(): number {
    return this.#size;
  }

  /** What each tenant holds. */
  get held(): ReadonlyMap<string, number> {
    return this.#held;
  }

  /** Whose share keeps one more out; undefined: there is room for it in this turn. */
  fullFor(tenant: string | undefined): 'all' | 'tenant' | undefined {
    const free = this.max - this.#size;
    if (free <= 0) return 'all';
    const isOver = tenant !== undefined && (this.#held.get(tenant) ?? 0) >= free;
    return isOver ? 'tenant' : undefined;
  }

  /** One more, until it is disposed of. Ask in the same turn whether there is room. */
  hold(tenant: string | undefined): Disposable {
    this.#add(tenant, 1);
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (isHeld) this.#add(tenant, -1);
        isHeld = false;
      },
    };
  }

  #add(tenant: string | undefined, by: number): void {
    this.#size += by;
    if (tenant === undefined) return;
    const held = (this.#held.get(tenant) ?? 0) + by;
    if (held > 0) this.#held.set(tenant, held);
    else this.#held.delete(tenant);
  }
}
