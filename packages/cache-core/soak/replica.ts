/**
 * One replica as a program: memory, Redis and disk behind a cache, and a client of the log, set as
 * the API sets them. It does what it is told and says when, by the host's monotonic clock.
 */
import { serveCalls } from '@deja/testing';
import { Redis, type RedisOptions } from 'ioredis';
import {
  Cache,
  createMemoryTier,
  createReplicaStore,
  type Entry,
  type Tier,
} from '../src/index.ts';
import { createLogClient, createNotifier, openLowerTiers, shardPrefixOf } from '../src/redis.ts';
import { bodyOf, digestOf, monotonicMs, type Target } from './history.ts';
import type {
  InvalidateReply,
  LookupReply,
  LookupRequest,
  PutRequest,
  ReplicaOptions,
} from './messages.ts';
import { sabotagedLease, sabotageParts, sabotageReply } from './sabotage.ts';

const startedAt = monotonicMs();
const options = JSON.parse(process.argv[2] ?? '{}') as ReplicaOptions;
const { namespace, dir, serveUnverifiedMs, logMax, sabotage } = options;
const prefix = shardPrefixOf(namespace);

// The profiles of packages/jobs, which this package does not import.
const retryStrategy = (attempt: number) => Math.min(100 * 2 ** Math.min(attempt, 4), 1000);
const REQUEST = {
  maxRetriesPerRequest: 1,
  enableOfflineQueue: false,
  commandTimeout: 1000,
  connectTimeout: 2000,
  socketTimeout: 2500,
  autoResendUnfulfilledCommands: false,
  retryStrategy,
} satisfies RedisOptions;
const SUBSCRIBER = {
  maxRetriesPerRequest: null,
  connectTimeout: 2000,
  retryStrategy,
} satisfies RedisOptions;

function connect(url: string, profile: typeof REQUEST | typeof SUBSCRIBER): Redis {
  const redis = new Redis(url, profile);
  redis.on('error', () => {}); // faults are what this is for
  return redis;
}

const memory = createMemoryTier({ maxEntries: options.maxMemoryEntries });
const lower = openLowerTiers({
  redis: connect(options.cacheUrl, { ...REQUEST, commandTimeout: 250 }),
  namespace,
  maxRedisBytes: options.maxRedisBytes,
  dir,
  deadlineMs: 250,
  maxDiskBytes: 64 * 1024 * 1024,
  onDiskError: (error) => {
    throw error;
  },
});
if (!lower.disk) throw new Error('no disk tier');
const notifier = createNotifier(connect(options.notifierUrl, SUBSCRIBER), `${prefix}notify`);
const store = createReplicaStore(lower.disk);
const follow = () =>
  createLogClient({
    ...{
      redis: connect(options.logUrl, REQUEST),
      notifier,
      prefix,
      store,
      serveUnverifiedMs,
      logMax,
    },
    ...sabotagedLease(sabotage),
  });
const log = follow();
sabotageParts(sabotage, { log, memory }, follow);
const cache = new Cache({ log, memory, lower: lower.all, counters: { add: () => {} } });
const tiers = new Map<string, Tier>([memory, ...lower.all].map((tier) => [tier.name, tier]));
let lookups = 0;

async function lookup({ key, tenant }: LookupRequest): Promise<LookupReply> {
  const beganAt = monotonicMs();
  const found = await cache.lookup(key, {}, tenant);
  const endedAt = monotonicMs();
  lookups += 1;
  const reply: LookupReply = {
    ...{ startedAt, beganAt, endedAt, outcome: found.outcome },
    ...('entry' in found && { served: whatIs(found.entry, found.tier) }),
    ...('unverifiedMs' in found &&
      found.unverifiedMs !== undefined && { unverifiedMs: found.unverifiedMs }),
  };
  return sabotageReply(sabotage, reply, lookups) ?? (await new Promise(() => {}));
}

const whatIs = ({ header: { key, log, token, runSeq }, body }: Entry, tier: string) => ({
  ...{ key, token: { log, ...token }, runSeq, digest: digestOf(body), tier },
});

async function put({ computation, tiers: names, lifeMs }: PutRequest): Promise<string[]> {
  const { key, tags, number, size, runSeq } = computation;
  const { log: birth, ...token } = computation.token;
  const createdAt = Date.now();
  const until = { freshUntil: createdAt + lifeMs, staleUntil: createdAt + lifeMs };
  const identity = { key, model: 'm', tenant: 'default', tags, log: birth, token, runSeq };
  const header = { ...identity, createdAt, ...until, computeMs: 1, digest: '' };
  const entry = { header, body: bodyOf(key, number, size) };
  return await Promise.all(
    names.map(
      (name) =>
        tiers
          .get(name)
          ?.put(entry)
          .catch(() => 'failed') ?? 'no tier',
    ),
  );
}

/** Undefined when nothing is promised: the caller must not hold the replica to it. */
async function invalidate(target: Target): Promise<InvalidateReply> {
  const epoch = () => log.replica.position?.epoch ?? 0;
  const before = epoch();
  const beganAt = monotonicMs();
  try {
    const seq = await invalidateTarget(target);
    return { beganAt, ackedAt: monotonicMs(), seq, epochs: [before, epoch()] };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'LOG_UNAVAILABLE')
      return undefined;
    throw error;
  }
}

async function invalidateTarget(target: Target): Promise<number> {
  switch (target.kind) {
    case 'key':
      return Number(await cache.invalidateKey(target.key, target.tenant));
    case 'tag':
      return Number(await cache.invalidateTag(target.tag, target.tenant));
    case 'all':
      return Number(await cache.invalidateAll(target.tenant));
  }
}

serveCalls({ ready: () => true, lookup, put, invalidate });
