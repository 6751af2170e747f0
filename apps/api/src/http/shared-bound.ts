/**
 * A bound on what clients hold open in this process. One tenant holds at most half of it, so that it keeps
 * no other one out. While keys are off nobody has a tenant, and the whole is the only bound.
 */
export class SharedBound {
  readonly max: number;
  readonly #held = new Map<string | undefined, number>();
  #all = 0;

  constructor(max: number) {
    this.max = max;
  }

  /** The most that one tenant holds. */
  get ofTenant(): number {
    return Math.ceil(this.max / 2);
  }

  /** Whose bound keeps one more out; undefined: there is room for it in this turn. */
  fullFor(tenant: string | undefined): 'all' | 'tenant' | undefined {
    if (this.#all >= this.max) return 'all';
    const isOver = tenant !== undefined && (this.#held.get(tenant) ?? 0) >= this.ofTenant;
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
    this.#all += by;
    const held = (this.#held.get(tenant) ?? 0) + by;
    if (held > 0) this.#held.set(tenant, held);
    else this.#held.delete(tenant);
  }
}
