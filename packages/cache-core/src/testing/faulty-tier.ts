/** A tier that fails on demand, to test code that is built on tiers. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Entry } from '../entry.ts';
import { TierError } from '../errors.ts';
import type { Tier } from '../tier.ts';

type TierCall = 'get' | 'put' | 'remove' | 'clear' | 'usage';

/**
 * A fault of a call. 'fail': nothing is done, and the call rejects with `TierError`. 'fail-after':
 * the call is done and then rejects. 'hang': nothing is done, and the call does not settle until
 * `release`. 'damage': a `get` finds the entry damaged, so it is a miss, is counted and removed;
 * other calls work.
 */
type Fault = 'none' | 'fail' | 'fail-after' | 'hang' | 'damage' | { readonly slowMs: number };

/** Called for each call of the tier. With a seed, a test is repeatable. */
export type FaultPlan = (call: TierCall, key: string | undefined) => Fault;

export interface FaultyTier extends Tier {
  /** The faults of these calls from now on; `all` is for calls that are not named. */
  inject(faults: Partial<Record<TierCall | 'all', Fault>> | FaultPlan): void;
  /** Calls so far, with or without a fault. */
  readonly calls: Readonly<Record<TierCall, number>>;
  /** Calls that are hanging now. */
  readonly hanging: number;
  /** Lets all hanging calls fail with `TierError`. */
  release(): void;
}

/** Passes every call on to `tier` until faults are injected. Closing it closes `tier`. */
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
  /** Uniform in [0, 1); with a seed, so that a run can be repeated. */
  readonly random: () => number;
  /** The probability of each fault, in [0, 1]; together at most 1. Default: 0 each. */
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
