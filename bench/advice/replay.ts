/** Replays a trace against a cache whose lower tier keeps everything, as workers fill it. */
import { hash } from 'node:crypto';
import {
  Cache,
  CacheSimulation,
  createMemoryTier,
  type Entry,
  type Found,
  type InvalidationLog,
  LogReplica,
  type Tier,
} from '@deja/cache-core';
import type { Answer, Trace } from '../eviction/traces.ts';

/** So large that it binds no trace; the bound in bytes does. */
const MAX_ENTRIES = 10_000_000;
const FOREVER = 1e15;
const TOKEN = { epoch: 1, seq: 1, id: 'record' };
const DAY_MS = 86_400_000;

/** What a look-up came to. */
export type Look = Found | { readonly missed: string; readonly model: string };

export interface Replayed {
  readonly memoryHits: number;
  readonly simulation: CacheSimulation;
  readonly looks: readonly Look[];
}

/** @param maxKeys How many keys the simulation follows at most. 0: there is none. */
export async function replay(
  { requests }: Trace,
  maxBytes: number,
  maxKeys: number,
): Promise<Replayed> {
  let at = 0;
  const now = () => at;
  const log = openLog();
  const memory = createMemoryTier({ maxBytes, maxEntries: MAX_ENTRIES, now });
  const lower = everything();
  const simulation = new CacheSimulation({
    tiers: [{ tier: 'memory', maxBytes, maxEntries: MAX_ENTRIES }],
    isServable: (header) => log.replica.judge(header) === 'servable',
    freshMsOf: () => DAY_MS,
    ...{ jitter: 0, maxKeys: Math.max(1, maxKeys), now },
  });
  let memoryHits = 0;
  const looks: Look[] = [];
  const counters = { add() {} };
  const cache = new Cache({ log, memory, lower: [lower], counters, now });
  const keys = new Map<string, string>();
  for (const [index, answer] of requests.entries()) {
    at = Math.floor((index / requests.length) * DAY_MS);
    const key = keys.get(answer.key) ?? hash('sha256', answer.key, 'hex');
    keys.set(answer.key, key);
    const looked = cache.lookup(key);
    const found = looked instanceof Promise ? await looked : looked;
    if (found.outcome === 'hit') {
      if (found.tier === 'memory') memoryHits += 1;
      looks.push(found);
      if (maxKeys > 0) simulation.hit(found);
      continue;
    }
    const missed = { missed: key, model: modelOf(answer) };
    looks.push(missed);
    if (maxKeys > 0) simulation.missed(missed.missed, missed.model);
    await lower.put(entryOf(key, answer, at));
  }
  return { memoryHits, simulation, looks };
}

const modelOf = ({ key }: Answer): string => (key.startsWith('text') ? 'sentiment' : 'forecast');

/** Entries of one size share a body: a trace's answers together would not fit into this process. */
const bodies = new Map<number, Buffer>();

function entryOf(key: string, answer: Answer, createdAt: number): Entry {
  const { bodyBytes, computeMs } = answer;
  const body = bodies.get(bodyBytes) ?? Buffer.allocUnsafeSlow(bodyBytes);
  bodies.set(bodyBytes, body);
  const times = { createdAt, freshUntil: FOREVER, staleUntil: FOREVER };
  const made = { tenant: 'default', log: 'log', digest: '', token: TOKEN, runSeq: 1, computeMs };
  return { header: { key, model: modelOf(answer), tags: [], ...times, ...made }, body };
}

function everything(): Tier {
  const entries = new Map<string, Entry>();
  return {
    name: 'redis',
    get: async (key) => entries.get(key),
    async put(entry) {
      entries.set(entry.header.key, entry);
      return 'stored';
    },
    remove: async (key) => void entries.delete(key),
    clear: async () => entries.clear(),
    usage: async () => ({ size: entries.size, bytes: 0, maxBytes: 0, evictions: 0, errors: 0 }),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** A log without invalidations. */
function openLog(): InvalidationLog {
  const replica = new LogReplica();
  const records = [{ seq: TOKEN.seq, id: TOKEN.id, scope: '-' }];
  const head = { log: 'log', epoch: TOKEN.epoch, seq: TOKEN.seq, first: TOKEN.seq };
  replica.apply({ ...head, reset: true, more: false, records });
  return {
    replica,
    trust: () => ({ mode: 'verified' }),
    catchUp: async () => true,
    suspect: async () => {},
    invalidate: async () => {
      throw new Error('nothing is invalidated here');
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
