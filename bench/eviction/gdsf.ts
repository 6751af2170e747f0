/**
 * GreedyDual-Size-Frequency as in the paper (Cherkasova 1998), but for how the lowest priority is
 * found: among all entries, or among some taken at random as Redis does.
 */
import { isTooLarge, type Policy, type PolicyFactory } from './policy.ts';
import { seeded } from './random.ts';
import type { Answer } from './traces.ts';

interface Node {
  readonly key: string;
  readonly bytes: number;
  readonly density: number;
  uses: number;
  priority: number;
  index: number;
}

export const gdsf: PolicyFactory = {
  name: 'GDSF',
  create: (maxBytes) => new Gdsf(maxBytes, Number.POSITIVE_INFINITY),
};

export const sampledGdsf: PolicyFactory = {
  name: 'GDSF, best of 16',
  create: (maxBytes) => new Gdsf(maxBytes, 16),
};

class Gdsf implements Policy {
  readonly #maxBytes: number;
  readonly #samples: number;
  readonly #nodes = new Map<string, Node>();
  /** A heap, or in no order at all when the lowest is sampled. */
  readonly #list: Node[] = [];
  readonly #random = seeded(7);
  #bytes = 0;
  #clock = 0;

  constructor(maxBytes: number, samples: number) {
    this.#maxBytes = maxBytes;
    this.#samples = samples;
  }

  get(key: string): boolean {
    const node = this.#nodes.get(key);
    if (!node) return false;
    node.uses += 1;
    node.priority = this.#clock + node.uses * node.density;
    if (this.#isHeap) this.#settle(node.index);
    return true;
  }

  put({ key, computeMs }: Answer, bytes: number): void {
    if (isTooLarge(bytes, this.#maxBytes)) return;
    while (this.#bytes + bytes > this.#maxBytes) this.#evict();
    const density = computeMs / bytes;
    const priority = this.#clock + density;
    const node = { key, bytes, density, uses: 1, priority, index: this.#list.length };
    this.#nodes.set(key, node);
    this.#bytes += bytes;
    this.#list.push(node);
    if (this.#isHeap) this.#settle(node.index);
  }

  get #isHeap(): boolean {
    return this.#samples === Number.POSITIVE_INFINITY;
  }

  #evict(): void {
    const worst = this.#isHeap ? this.#list[0] : this.#sample();
    if (!worst) return;
    this.#clock = Math.max(this.#clock, worst.priority);
    this.#nodes.delete(worst.key);
    this.#bytes -= worst.bytes;
    const last = this.#list.pop() as Node;
    if (last === worst) return;
    this.#place(last, worst.index);
    if (this.#isHeap) this.#settle(last.index);
  }

  #sample(): Node | undefined {
    let worst: Node | undefined;
    for (let i = 0; i < this.#samples; i += 1) {
      const node = this.#list[Math.floor(this.#random() * this.#list.length)];
      if (node && (!worst || node.priority < worst.priority)) worst = node;
    }
    return worst;
  }

  #settle(from: number): void {
    const list = this.#list;
    const priority = (index: number) => list[index]?.priority ?? Number.POSITIVE_INFINITY;
    let at = from;
    for (let up = (at - 1) >> 1; at > 0 && priority(up) > priority(at); up = (at - 1) >> 1) {
      this.#swap(at, up);
      at = up;
    }
    for (;;) {
      const left = 2 * at + 1;
      const down = priority(left + 1) < priority(left) ? left + 1 : left;
      if (priority(down) >= priority(at)) return;
      this.#swap(at, down);
      at = down;
    }
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#list[a] as Node, this.#list[b] as Node];
    this.#place(one, b);
    this.#place(other, a);
  }

  #place(node: Node, index: number): void {
    this.#list[index] = node;
    node.index = index;
  }
}
