/**
 * A lease in the queue Redis: of all replicas that want it, one holds it.
 *
 * Promises, each with a test of the same name:
 *
 *  - at most one replica holds it at a time;
 *  - when its holder falls silent, another one has it within seconds;
 *  - a holder that stops gives it up at once.
 *
 * The holder stops believing before Redis forgets: it counts from the moment when it asked.
 */
import { defineJobScript, type QueueRedis } from '@deja/jobs';

/** How long the lease lasts without being renewed. */
const LEASE_MS = 5000;
const MARGIN_MS = 500;

/** ARGV: 3 the lease, 4 who asks, 5 for how long, in ms; 0: it is given up. Replies 1: theirs. */
const leaseScript = defineJobScript(`
local key = P .. 'lease:' .. ARGV[3]
local holder = redis.call('GET', key)
if holder and holder ~= ARGV[4] then return 0 end
if ARGV[5] == '0' then redis.call('DEL', key)
else redis.call('SET', key, ARGV[4], 'PX', ARGV[5]) end
return 1
`);

export class Lease {
  readonly #queue: QueueRedis;
  readonly #name: string;
  readonly #replica: string;
  #heldUntil = Number.NEGATIVE_INFINITY;

  constructor(queue: QueueRedis, name: string, replica: string) {
    this.#queue = queue;
    this.#name = name;
    this.#replica = replica;
  }

  get isHeld(): boolean {
    return performance.now() < this.#heldUntil;
  }

  /** Takes or renews it, if nobody else has it. Call it more often than each second or so. */
  async renew(): Promise<boolean> {
    const askedAt = performance.now();
    const args = [this.#name, this.#replica, LEASE_MS] as const;
    const isOurs = (await this.#queue.call(leaseScript, ...args)) === 1;
    this.#heldUntil = isOurs ? askedAt + LEASE_MS - MARGIN_MS : Number.NEGATIVE_INFINITY;
    return isOurs;
  }

  async giveUp(): Promise<void> {
    this.#heldUntil = Number.NEGATIVE_INFINITY;
    await this.#queue.call(leaseScript, this.#name, this.#replica, 0);
  }
}
