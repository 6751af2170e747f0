/**
 * A write that a full, read-only or otherwise unwilling server refuses, and that changes nothing. A
 * user without INFO can be served, but BullMQ and the figures need it.
 */
import type { Cluster, Redis } from 'ioredis';

export interface ProbeOptions {
  /** Keys that never exist, one in each slot of ours. */
  readonly keys: readonly string[];
  /** In a Cluster: whether our keys lie on every primary, not only on those of `keys`. */
  readonly everyPrimary: boolean;
}

const MAX_TRIES = 1000;

export class Probe {
  readonly #options: ProbeOptions;
  /** A number that leads to a key of this node. */
  readonly #numbers = new WeakMap<Redis, number>();
  #mayAskInfo = false;

  constructor(options: ProbeOptions) {
    this.#options = options;
  }

  /** Rejects with what one of the servers said, or with why it said nothing. */
  async write(client: Redis | Cluster): Promise<void> {
    const { keys, everyPrimary } = this.#options;
    try {
      const writes =
        everyPrimary && 'nodes' in client
          ? client.nodes('master').map((node) => this.#writeTo(node))
          : keys.map((key) => write(client, key));
      await Promise.all(writes);
      if (!this.#mayAskInfo) await client.info('server');
      this.#mayAskInfo = true;
    } catch (error) {
      this.#mayAskInfo = false;
      throw error;
    }
  }

  /** The node says of which keys it knows nothing. */
  async #writeTo(node: Redis): Promise<void> {
    let number = this.#numbers.get(node) ?? 0;
    for (let tries = 1; ; tries++) {
      try {
        await write(node, `${String(this.#options.keys[0]).replace(/[{}]/g, '')}:${number}`);
        this.#numbers.set(node, number);
        return;
      } catch (error) {
        const isElsewhere = error instanceof Error && /^(MOVED|ASK) /.test(error.message);
        if (!isElsewhere || tries === MAX_TRIES) throw error;
        number += 1;
      }
    }
  }
}

const write = (client: Redis | Cluster, key: string) => client.zadd(key, 'XX', 0, 'none');
