/**
 * A bound that tenants share, such as that on requests that wait in this process (dynamic thresholds:
 * Choudhury, Hahne, 1998). One that wants more gets it while it then has no more than was free. So one
 * alone gets half, two that want all get a third each, and however many they are, something is free for
 * another one. Who has nothing gets whatever there is room for. What nobody's is has the whole as its only
 * bound.
 */
export class SharedBound {
  readonly max: number;
  readonly #least: number;
  readonly #held = new Map<string, number>();
  #size = 0;

  /** @param least What a tenant may have in any case, if there is room. */
  constructor(max: number, least = 0) {
    this.max = max;
    this.#least = least;
  }

  /** What all hold. */
  get size(): number {
    return this.#size;
  }

  /** What each tenant holds. */
  get held(): ReadonlyMap<string, number> {
    return this.#held;
  }

  /** Whose share keeps more out; undefined: there is room for it in this turn. */
  fullFor(tenant: string | undefined, amount = 1): 'all' | 'tenant' | undefined {
    const free = this.max - this.#size;
    if (amount > free) return 'all';
    const held = tenant === undefined ? 0 : (this.#held.get(tenant) ?? 0);
    return held === 0 || held + amount <= Math.max(free, this.#least) ? undefined : 'tenant';
  }

  /** More, until it is disposed of. Ask in the same turn whether there is room. */
  hold(tenant: string | undefined, amount = 1): Disposable {
    this.add(tenant, amount);
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (isHeld) this.add(tenant, -amount);
        isHeld = false;
      },
    };
  }

  /** For who gives back in parts what it holds. */
  add(tenant: string | undefined, by: number): void {
    this.#size += by;
    if (tenant === undefined) return;
    const held = (this.#held.get(tenant) ?? 0) + by;
    if (held > 0) this.#held.set(tenant, held);
    else this.#held.delete(tenant);
  }
}
