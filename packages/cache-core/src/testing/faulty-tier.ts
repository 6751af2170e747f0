/** A tier that does not do as it should, for tests of what is built upon tiers. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Entry } from '../entry.ts';
import { TierError } from '../errors.ts';
import type { Tier } from '../tier.ts';

type TierCall = 'get' | 'put' | 'remove' | 'clear' | 'usage';

/**
 * What a call meets. 'fail': nothing is done, and it rejects with `TierError`. 'fail-after': the same
 * when it has been done. 'hang': nothing is done, and it does not settle until `release`. 'damage': a
 * `get` finds the entry damaged, so it is a miss, counted, and removed; other calls are as ever.
 */
type Fault = 'none' | 'fail' | 'fail-after' | 'hang' | 'damage' | { readonly slowMs: number };

/** Asked at each call; a seeded one makes a test repeatable. */
export type FaultPlan = (call: TierCall, key: string | undefined) => Fault;

export interface FaultyTier extends Tier {
  /** From now on, for these calls; `all` is for those that are not named. */
  inject(faults: Partial<Record<TierCall | 'all', Fault>> | FaultPlan): void;
  /** Calls until now, met by a fault or not. */
  readonly calls: Readonly<Record<TierCall, number>>;
  /** Calls that hang now. */
  readonly hanging: number;
  /** All that hang fail with `TierError`. */
  release(): void;
}

/** Passes everything on to `tier` until faults are injected. Closing it closes `tier`. */
export function createFaultyTier(tier: Tier, plan: FaultPlan = () => 'none'): FaultyTier {
  const calls = { get: 0, put: 0, remove: 0, clear: 0, usage: 0 };
  const hung = new Set<(error: TierError) => void>();
  let faultOf = plan;
  let errors = 0;

  const failure = () => {
    errors += 1;
    return new TierError(tier.name, { cause: new Error('injected') });
  };
  const meet = async <T>(call: TierCall, key: string | undefined, run: () => Promise<T>) => {
    calls[call] += 1;
    const fault = faultOf(call, key);
    if (fault === 'fail') throw failure();
    if (fault === 'hang') return await new Promise<never>((_, reject) => hung.add(reject));
    if (fault === 'fail-after') {
      await run();
      throw failure();
    }
    if (typeof fault === 'object') await delay(fault.slowMs);
    return fault === 'damage' ? fault : await run();
  };
  const passOn = async <T>(call: TierCall, key: string | undefined, run: () => Promise<T>) => {
    const met = await meet(call, key, run);
    return met === 'damage' ? await run() : (met as T);
  };
  const get = async (key: string): Promise<Entry | undefined> => {
    const found = await meet('get', key, () => tier.get(key));
    if (found !== 'damage') return found;
    errors += 1;
    await tier.remove(key);
    return undefined;
  };
  const release = () => {
    for (const reject of hung) reject(failure());
    hung.clear();
  };

  return {
    name: tier.name,
    calls,
    get hanging() {
      return hung.size;
    },
    inject: (faults) => {
      faultOf =
        typeof faults === 'function' ? faults : (call) => faults[call] ?? faults.all ?? 'none';
    },
    release,
    get,
    put: (entry) => passOn('put', entry.header.key, () => tier.put(entry)),
    remove: (key, only) => passOn('remove', key, () => tier.remove(key, only)),
    clear: () => passOn('clear', undefined, () => tier.clear()),
    usage: async () => {
      const usage = await passOn('usage', undefined, () => tier.usage());
      return { ...usage, errors: usage.errors + errors };
    },
    [Symbol.asyncDispose]: async () => {
      release();
      await tier[Symbol.asyncDispose]();
    },
  };
}

export interface FaultRates {
  /** Uniform in [0, 1); seeded, so that a run can be repeated. */
  readonly random: () => number;
  /** How likely each is, in [0, 1]; together at most 1. Default: 0 each. */
  readonly fail?: number;
  readonly failAfter?: number;
  readonly hang?: number;
  readonly damage?: number;
  readonly slow?: number;
  /** Of slow calls. Default: 20. */
  readonly slowMs?: number;
}

export function createFaultPlan({ random, slowMs = 20, ...rates }: FaultRates): FaultPlan {
  const faults: [number | undefined, Fault][] = [
    [rates.fail, 'fail'],
    [rates.failAfter, 'fail-after'],
    [rates.hang, 'hang'],
    [rates.damage, 'damage'],
    [rates.slow, { slowMs }],
  ];
  return () => {
    let drawn = random();
    for (const [rate = 0, fault] of faults) {
      if (drawn < rate) return fault;
      drawn -= rate;
    }
    return 'none';
  };
}
