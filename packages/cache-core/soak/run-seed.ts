/** One seed: a workload and faults for some seconds, then everything heals, and must work again. */
import { setTimeout as delay } from 'node:timers/promises';
import { createRandom, type Random } from '@deja/testing';
import { findViolations, type Violation } from './checker.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { FAULTS, type Fault } from './faults.ts';
import { type History, monotonicMs } from './history.ts';
import type { Sabotage } from './messages.ts';
import type { ReplicaHandle } from './replica-handle.ts';
import { type Figures, Workload } from './workload.ts';

export interface SeedOptions {
  readonly seed: number;
  readonly operations: number;
  /** The operations are spread over this time. */
  readonly durationMs: number;
  /** Which faults may befall it, by name. Default: all of them. */
  readonly faults?: readonly string[];
  readonly sabotage?: Sabotage;
  /** How long a look-up may take. Unit: ms. Default: 6000, see workload.ts. */
  readonly getBoundMs?: number;
  /** It ends as soon as this rule is violated. Default: it goes on to its end. */
  readonly untilViolated?: Violation['rule'];
}

export interface SeedReport {
  readonly history: History;
  readonly figures: Figures;
  readonly faults: ReadonlyMap<string, number>;
  readonly violations: readonly Violation[];
}

const MOST_FAULTS_AT_ONCE = 4;
/** Reconnecting takes up to 1 s, a dead socket is found in 2.5 s, a breaker may wait some more. */
const HEALED_MS = 10_000;
const SETTLED_MS = 1000;

export async function runSeed(options: SeedOptions): Promise<SeedReport> {
  const { seed, operations, durationMs, sabotage, untilViolated } = options;
  await using cluster = await openCluster(seed, createRandom(seed * 3), sabotage);
  const workload = new Workload(cluster, createRandom(seed * 3 + 1), options.getBoundMs);
  const storm = new FaultStorm(cluster, createRandom(seed * 3 + 2), options.faults);

  const working = new Set<Promise<void>>();
  const startedAt = monotonicMs();
  for (let i = 0; i < operations; i += 1) {
    const aheadMs = startedAt + (i * durationMs) / operations - monotonicMs();
    if (aheadMs > 1) await delay(aheadMs);
    if (i % 100 === 0 && untilViolated && isViolated(untilViolated, cluster.history)) break;
    const work: Promise<void> = workload.next().finally(() => working.delete(work));
    working.add(work);
  }
  await storm.end();
  await Promise.all(working);
  if (!sabotage) await mustWork(cluster, workload);
  const { history } = cluster;
  const { figures } = workload;
  return { history, figures, faults: storm.counts, violations: findViolations(history) };
}

function isViolated(rule: Violation['rule'], history: History): boolean {
  return findViolations(history).some((violation) => violation.rule === rule);
}

class FaultStorm {
  readonly counts = new Map<string, number>();
  readonly #cluster: Cluster;
  readonly #random: Random;
  readonly #faults: readonly Fault[];
  /** Longest time between the beginnings of two faults. Unit: ms. */
  readonly #calmMs: number;
  readonly #busy = new Set<string>();
  readonly #active = new Set<Promise<void>>();
  readonly #ending = new AbortController();
  readonly #raging: Promise<void>;

  constructor(cluster: Cluster, random: Random, names: readonly string[] | undefined) {
    this.#cluster = cluster;
    this.#random = random;
    this.#calmMs = random.pick([300, 600, 1500]);
    this.#faults = FAULTS.filter(({ name }) => !names || names.includes(name));
    this.#raging = this.#rage();
  }

  /** Resolves when all faults are healed and every replica runs. */
  async end(): Promise<void> {
    this.#ending.abort();
    await this.#raging;
    await Promise.all(this.#active);
  }

  async #rage(): Promise<void> {
    while (this.#faults.length > 0 && !this.#ending.signal.aborted) {
      await this.#pass(this.#random.between(50, this.#calmMs));
      const replica = this.#random.pick(this.#cluster.replicas);
      const fault = this.#random.pick(this.#faults);
      const shared = fault.place === 'queue' || fault.place === 'cache';
      const place = shared ? fault.place : `${fault.place} ${replica.index}`;
      if (this.#busy.has(place) || this.#active.size >= MOST_FAULTS_AT_ONCE) continue;
      this.#busy.add(place);
      const active: Promise<void> = this.#suffer(fault, replica).finally(() => {
        this.#busy.delete(place);
        this.#active.delete(active);
      });
      this.#active.add(active);
    }
  }

  async #suffer(fault: Fault, replica: ReplicaHandle): Promise<void> {
    const { name } = fault;
    const lastsMs = this.#random.between(Math.floor(fault.lastsMs / 4), fault.lastsMs);
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    this.#cluster.note(`${name} (replica ${replica.index}, ${lastsMs} ms)`);
    const heal = await fault.inflict(this.#cluster, replica, this.#random);
    await this.#pass(lastsMs);
    await heal();
    this.#cluster.note(`healed: ${name} (replica ${replica.index})`);
  }

  /** Not at all once the storm is to end. */
  async #pass(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#ending.signal }).catch(() => {});
  }
}

async function mustWork({ replicas, history }: Cluster, workload: Workload): Promise<void> {
  for (const replica of replicas) {
    const verified = async () => {
      const reply = await workload.read(replica, 'f'.repeat(64));
      return reply?.outcome === 'miss';
    };
    if (!(await within(HEALED_MS, verified)))
      history.unhealed.push(`replica ${replica.index} is not verified again`);
  }
  await delay(SETTLED_MS);
  for (const key of workload.keys)
    await Promise.all(replicas.map((replica) => workload.read(replica, key, true)));

  for (const [i, writer] of replicas.entries()) {
    const key = workload.keys[i] ?? '';
    let stored: number | undefined;
    const servedEverywhere = async () => {
      if (stored === undefined) {
        if (!(await workload.invalidate(writer, { kind: 'key', key }))) return false;
        const computation = await workload.begin(key);
        if (!computation) return false;
        const outcomes = await workload.put(writer, computation, ['redis']);
        if (outcomes?.[0] !== 'stored') return false;
        stored = computation.runSeq;
      }
      const replies = await Promise.all(replicas.map((each) => workload.read(each, key)));
      return replies.every((reply) => reply?.served?.runSeq === stored);
    };
    if (!(await within(HEALED_MS, servedEverywhere)))
      history.unhealed.push(`what replica ${i} writes is not served by all`);
  }
}

async function within(ms: number, condition: () => Promise<boolean>): Promise<boolean> {
  const deadline = monotonicMs() + ms;
  while (!(await condition())) {
    if (monotonicMs() > deadline) return false;
    await delay(50);
  }
  return true;
}
