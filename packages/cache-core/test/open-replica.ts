/** A replica inside the test's process, for races that a test brings about step by step. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { inject } from 'vitest';
import {
  Cache,
  createMemoryTier,
  createReplicaStore,
  type Entry,
  type Tier,
} from '../src/index.ts';
import {
  createLogClient,
  createNotifier,
  type LogClientOptions,
  openLowerTiers,
  shardPrefixOf,
} from '../src/redis.ts';

export const KEY = 'a'.repeat(64);
export const BODY = Buffer.from('{"n":1}');

type LogSettings = Pick<LogClientOptions, 'leaseMs' | 'pollMs' | 'doubtMs' | 'logMax'>;

export interface ReplicaSettings extends Partial<LogSettings> {
  /** Replicas of one namespace share a log, and entries on Redis. Default: one of its own. */
  readonly namespace?: string;
  /** Where the log is; the tests' Redis by default. */
  readonly logUrl?: string;
  /** Default: `logUrl`. */
  readonly notifierUrl?: string;
  readonly cacheUrl?: string;
  /** Kept when the replica is closed. Default: one that goes with it. */
  readonly dir?: string;
  readonly serveUnverifiedMs?: number;
  /** The wall clock of this replica. */
  readonly now?: () => number;
  /** Do not wait until the log has been heard of. */
  readonly cold?: boolean;
}

export const newNamespace = (): string => `t${randomUUID().slice(0, 8)}`;
export const logPrefixOf = (namespace: string): string => shardPrefixOf(namespace);

export function temporaryDir(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'deja-test-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export async function openReplica(settings: ReplicaSettings = {}) {
  const { namespace = newNamespace(), serveUnverifiedMs = 60_000, now, cold } = settings;
  const { leaseMs, pollMs, doubtMs, logMax } = settings;
  const logUrl = settings.logUrl ?? inject('redisUrl');
  const prefix = logPrefixOf(namespace);
  await using opened = new AsyncDisposableStack();
  const dir = settings.dir ?? opened.use(temporaryDir()).path;
  const connect = (url: string, commandTimeout: number) => {
    const options = { enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout };
    const redis = new Redis(url, { ...options, retryStrategy: () => 20 });
    redis.on('error', () => {});
    opened.defer(() => redis.disconnect());
    return redis;
  };
  const logRedis = connect(logUrl, 1000);
  const subscriber = new Redis(settings.notifierUrl ?? logUrl, {
    maxRetriesPerRequest: null,
    retryStrategy: () => 20,
  });
  subscriber.on('error', () => {});
  const notifier = opened.use(createNotifier(subscriber, `${prefix}notify`));
  const cacheRedis = connect(settings.cacheUrl ?? inject('redisUrl'), 250);
  if (!cold) {
    for (const redis of [logRedis, cacheRedis])
      if (redis.status !== 'ready') await new Promise((resolve) => redis.once('ready', resolve));
  }
  const lower = openLowerTiers({
    ...{ redis: cacheRedis, namespace, dir, deadlineMs: 5000 },
    ...{ maxRedisBytes: undefined, maxDiskBytes: 10_000_000 },
    onDiskError: (error) => {
      throw error;
    },
  });
  const [redis, disk] = lower.all;
  if (!redis || !disk || !lower.disk) throw new Error('no disk tier');
  opened.use(disk);
  const store = createReplicaStore(lower.disk);
  const log = opened.use(
    createLogClient({
      ...{ redis: logRedis, notifier, prefix, store, serveUnverifiedMs },
      ...(leaseMs !== undefined && { leaseMs }),
      ...(pollMs !== undefined && { pollMs }),
      ...(doubtMs !== undefined && { doubtMs }),
      ...(logMax !== undefined && { logMax }),
    }),
  );
  if (!cold) await log.catchUp();
  const counted = new Map<string, number>();
  const counters = {
    add: (field: string, by = 1) => void counted.set(field, (counted.get(field) ?? 0) + by),
  };
  const memory = createMemoryTier({ maxBytes: 1_000_000, ...(now && { now }) });
  const open = (tiers: readonly Tier[] = lower.all) =>
    new Cache({ log, memory, lower: tiers, counters, ...(now && { now }) });
  const resources = opened.move();
  return {
    ...{ namespace, log, logRedis, memory, redis, disk, store, counted },
    cache: open(),
    /** The same replica with other tiers below memory. */
    withLower: open,
    /** An entry whose computation begins now, at the head of this replica's view. */
    entry(more: Partial<Entry['header']> = {}): Entry {
      const { position } = log.replica;
      if (!position) throw new Error('the log has not been seen');
      const createdAt = Date.now();
      const times = { createdAt, freshUntil: createdAt + 60_000, staleUntil: createdAt + 60_000 };
      const { log: birth, ...token } = position;
      const identity = { key: KEY, model: 'm', tenant: 'default', tags: ['model:m'], digest: '' };
      const header = { ...identity, ...times, computeMs: 1, runSeq: 1, log: birth, token };
      return { header: { ...header, ...more }, body: BODY };
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** The tier, but its next `get` answers only after `open`; `reached` tells that it is under way. */
export function heldTier(tier: Tier) {
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const held: Tier = {
    ...tier,
    name: tier.name,
    get: async (key) => {
      const entry = await tier.get(key);
      reached.resolve();
      await gate.promise;
      return entry;
    },
  };
  return { tier: held, reached: reached.promise, open: gate.resolve };
}
