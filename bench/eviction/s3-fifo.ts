/**
 * S3-FIFO (Yang et al., SOSP 2023), with bytes in place of counts: new keys wait in a small queue of
 * a tenth of the bytes and are forgotten unless used there; a ghost queue remembers as many bytes of
 * forgotten keys as the cache holds, and who comes back from it goes to the main queue at once.
 */
import { isTooLarge, type Policy, type PolicyFactory } from './policy.ts';

interface Node {
  readonly key: string;
  readonly bytes: number;
  uses: number;
}

const SMALL_SHARE = 0.1;
const MAX_USES = 3;

export const s3Fifo: PolicyFactory = {
  name: 'S3-FIFO',
  create: (maxBytes) => new S3Fifo(maxBytes),
};

class S3Fifo implements Policy {
  readonly #maxBytes: number;
  readonly #nodes = new Map<string, Node>();
  readonly #small = new Queue();
  readonly #main = new Queue();
  readonly #ghost = new Queue();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(key: string): boolean {
    const node = this.#nodes.get(key);
    if (node && node.uses < MAX_USES) node.uses += 1;
    return node !== undefined;
  }

  put({ key }: { key: string }, bytes: number): void {
    if (isTooLarge(bytes, this.#maxBytes)) return;
    while (this.#small.bytes + this.#main.bytes + bytes > this.#maxBytes) this.#evict();
    const node = { key, bytes, uses: 0 };
    this.#nodes.set(key, node);
    (this.#ghost.delete(key) ? this.#main : this.#small).push(node);
  }

  #evict(): void {
    const fromSmall = this.#small.bytes >= this.#maxBytes * SMALL_SHARE || this.#main.bytes === 0;
    const node = (fromSmall ? this.#small : this.#main).shift();
    if (node === undefined) return;
    if (node.uses > 0) {
      node.uses = fromSmall ? 0 : node.uses - 1;
      this.#main.push(node);
      return;
    }
    this.#nodes.delete(node.key);
    if (!fromSmall) return;
    this.#ghost.push(node);
    while (this.#ghost.bytes > this.#maxBytes) this.#ghost.shift();
  }
}

/** First in, first out; a Map keeps that order. */
class Queue {
  readonly #nodes = new Map<string, Node>();
  bytes = 0;

  push(node: Node): void {
    this.#nodes.set(node.key, node);
    this.bytes += node.bytes;
  }

  shift(): Node | undefined {
    const [node] = this.#nodes.values();
    if (node) this.delete(node.key);
    return node;
  }

  delete(key: string): boolean {
    const node = this.#nodes.get(key);
    if (node) this.bytes -= node.bytes;
    return this.#nodes.delete(key);
  }
}
