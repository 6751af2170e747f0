/** What src/lua/turns.ts and dispatch.ts do to one lane, in as few lines as possible. */

interface ModelRun {
  readonly run: string;
  readonly order: number;
  readonly usualMs: number;
  readonly wanted: Set<string>;
  /** Whose list it waits in. */
  turnOf: string;
}

export class TurnsModel {
  readonly handed = new Set<string>();
  readonly #room: number;
  readonly #weights: Readonly<Record<string, number>>;
  readonly #open = new Map<string, ModelRun>();
  readonly #turns = new Map<string, number>();
  #clock = 0;
  #opened = 0;

  constructor(room: number, weights: Readonly<Record<string, number>>) {
    this.#room = room;
    this.#weights = weights;
  }

  /** What each of these replies is handed over by the script. */
  open(run: string, tenant: string, usualMs: number): string[] {
    const order = this.#opened++;
    const isFree = this.#turns.size === 0 && this.handed.size < this.#room;
    this.#open.set(run, { run, order, usualMs, wanted: new Set([tenant]), turnOf: tenant });
    if (isFree) return this.#take(run);
    this.#enter(tenant);
    return this.next(2);
  }

  join(run: string, tenant: string): void {
    const it = this.#runOf(run);
    it.wanted.add(tenant);
    if (this.handed.has(run)) return;
    if (this.#goesAt(it, tenant) >= this.#goesAt(it, it.turnOf)) return;
    it.turnOf = tenant;
    this.#enter(tenant);
  }

  leave(run: string, tenant: string): void {
    const { wanted } = this.#runOf(run);
    wanted.delete(tenant);
    if (wanted.size === 0) this.#close(run);
  }

  end(run: string): string[] {
    this.#close(run);
    return this.next(2);
  }

  next(most: number): string[] {
    const found: string[] = [];
    while (found.length < most && this.handed.size < this.#room) {
      const [first] = [...this.#turns].sort(([a, at], [b, bt]) => at - bt || (a < b ? -1 : 1));
      if (!first) break;
      const [tenant, turn] = first;
      const [it] = this.#listOf(tenant);
      if (!it) {
        this.#turns.delete(tenant);
        continue;
      }
      this.#clock = turn;
      this.#turns.set(tenant, turn + this.#costOf(it, tenant));
      found.push(...this.#take(it.run));
    }
    return found;
  }

  waiting(): string[] {
    return [...this.#open.keys()].filter((run) => !this.handed.has(run));
  }

  /** How many of the tenant's own runs go before this one. */
  placeOf(run: string, tenant: string): number {
    const { order } = this.#runOf(run);
    if (this.handed.has(run)) return 0;
    return this.#listOf(tenant).filter((other) => other.order < order).length;
  }

  #listOf(tenant: string): ModelRun[] {
    const waiting = this.waiting().map((run) => this.#runOf(run));
    return waiting.filter(({ turnOf }) => turnOf === tenant).sort((a, b) => a.order - b.order);
  }

  #goesAt(it: ModelRun, tenant: string): number {
    const turn = Math.max(this.#turns.get(tenant) ?? 0, this.#clock);
    return turn + this.placeOf(it.run, tenant) * this.#costOf(it, tenant);
  }

  #costOf({ usualMs }: ModelRun, tenant: string): number {
    return Math.max(1, Math.floor((Math.max(usualMs, 1) * 1000) / (this.#weights[tenant] ?? 1)));
  }

  #enter(tenant: string): void {
    this.#turns.set(tenant, Math.max(this.#turns.get(tenant) ?? 0, this.#clock));
  }

  #take(run: string): string[] {
    this.handed.add(run);
    return [run];
  }

  #close(run: string): void {
    this.#open.delete(run);
    this.handed.delete(run);
  }

  #runOf(run: string): ModelRun {
    const it = this.#open.get(run);
    if (!it) throw new Error(`no run ${run}`);
    return it;
  }
}
