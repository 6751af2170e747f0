/** What is asked of a cluster: computations, reads, and invalidations with reads on their heels. */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '@deja/testing';
import type { TierName } from '../src/index.ts';
import type { Cluster } from './cluster.ts';
import { type Computation, monotonicMs, type Target } from './history.ts';
import type { InvalidateReply, LookupReply, PutRequest } from './messages.ts';
import type { ReplicaHandle } from './replica-handle.ts';

const KEYS = 16;
const GROUPS = 4;
const LIFE_MS = 600_000;
/** Who asks; nobody in particular, too. */
const TENANTS = ['a', 'b', ''] as const;

/**
 * A get waits at most for: the log once its lease is over, 500 ms; the cache Redis, twice 250; the
 * log again for an entry that is ahead, three times its command timeout of 1 s. The rest is for two
 * cores that run all of this.
 */
const GET_BOUND_MS = 500 + 2 * 250 + 3 * 1000 + 2000;
const PUT_BOUND_MS = 5000;
const INVALIDATE_BOUND_MS = 10_000;

const TIERS: readonly (readonly TierName[])[] = [
  ['redis', 'disk'], // as a worker writes
  ['redis', 'disk'],
  ['redis'],
  ['disk'],
  ['memory', 'redis', 'disk'],
  ['memory'],
];

export interface Figures {
  operations: number;
  reads: number;
  hits: number;
  unverified: number;
  computations: number;
  invalidations: number;
  refused: number;
}

export class Workload {
  readonly keys: readonly string[];
  readonly figures: Figures = {
    ...{ operations: 0, reads: 0, hits: 0, unverified: 0 },
    ...{ computations: 0, invalidations: 0, refused: 0 },
  };
  readonly #cluster: Cluster;
  readonly #random: Random;
  readonly #getBoundMs: number;
  #computed = 0;

  constructor(cluster: Cluster, random: Random, getBoundMs = GET_BOUND_MS) {
    this.#getBoundMs = getBoundMs;
    this.#cluster = cluster;
    this.#random = random;
    this.keys = Array.from({ length: KEYS }, (_, i) =>
      createHash('sha256').update(`${cluster.history.seed} ${i}`).digest('hex'),
    );
  }

  /** One operation, whatever the seed says; resolves when all that follows from it has ended. */
  async next(): Promise<void> {
    const random = this.#random;
    const replica = random.pick(this.#cluster.replicas);
    const key = random.pick(this.keys);
    const kind = random.next();
    if (kind < 0.78) await this.read(replica, key);
    else if (kind < 0.94) await this.#compute(key);
    else if (await this.invalidate(replica, this.#target(key)))
      await Promise.all(this.#cluster.replicas.map((each) => this.read(each, key)));
  }

  async read(replica: ReplicaHandle, key: string, last?: true): Promise<LookupReply | undefined> {
    this.figures.operations += 1;
    const tenant = this.#random.pick(TENANTS) || undefined;
    const reply = await replica.call<LookupReply>('lookup', { key, tenant }, this.#getBoundMs);
    if (reply === undefined) return undefined;
    this.#cluster.history.reads.push({
      replica: replica.index,
      key,
      tenant,
      ...reply,
      ...(last && { last }),
    });
    this.figures.reads += 1;
    if (reply.served) this.figures.hits += 1;
    if (reply.unverifiedMs !== undefined) this.figures.unverified += 1;
    return reply;
  }

  /** START: the token is read now. Undefined while the queue is away: nothing can begin. */
  async begin(key: string): Promise<Computation | undefined> {
    const tokenFrom = monotonicMs();
    const started = await this.#cluster.startComputation().catch(() => undefined);
    if (started === undefined) return undefined;
    const computation = {
      ...{ number: ++this.#computed, key, tags: this.#tagsOf(key), size: this.#size() },
      ...{ ...started, tokenFrom, tokenUntil: monotonicMs() },
    };
    this.#cluster.history.computations.push(computation);
    this.figures.computations += 1;
    return computation;
  }

  async put(
    replica: ReplicaHandle,
    computation: Computation,
    tiers: readonly TierName[],
  ): Promise<readonly string[] | undefined> {
    this.figures.operations += 1;
    const request: PutRequest = { computation, tiers, lifeMs: LIFE_MS };
    return await replica.call<string[]>('put', request, PUT_BOUND_MS);
  }

  async #compute(key: string): Promise<void> {
    const random = this.#random;
    const tookMs = random.chance(0.3) ? random.between(300, 2500) : random.between(0, 60);
    const replica = random.pick(this.#cluster.replicas);
    const tiers = random.pick(TIERS);
    const computation = await this.begin(key);
    if (computation === undefined) return;
    await delay(tookMs);
    await this.put(replica, computation, tiers);
  }

  /** Whether it was acknowledged. */
  async invalidate(replica: ReplicaHandle, target: Target): Promise<boolean> {
    this.figures.operations += 1;
    const reply = await replica.call<InvalidateReply>('invalidate', target, INVALIDATE_BOUND_MS);
    if (!reply) {
      this.figures.refused += 1;
      return false;
    }
    this.#cluster.history.invalidations.push({ replica: replica.index, target, ...reply });
    this.figures.invalidations += 1;
    return true;
  }

  #target(key: string): Target {
    const kind = this.#random.next();
    const tenant = this.#random.pick(TENANTS) || undefined;
    if (kind < 0.7) return { kind: 'key', key, tenant };
    if (kind < 0.92) return { kind: 'tag', tag: this.#tagsOf(key)[1] ?? '', tenant };
    if (kind < 0.97) return { kind: 'tag', tag: 'model:m', tenant };
    return { kind: 'all', tenant };
  }

  #tagsOf(key: string): readonly string[] {
    return ['model:m', `group:${this.keys.indexOf(key) % GROUPS}`];
  }

  #size(): number {
    const random = this.#random;
    return random.chance(0.03) ? random.between(50_000, 300_000) : random.between(1, 5000);
  }
}
