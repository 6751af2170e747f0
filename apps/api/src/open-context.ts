/** Opens everything that the routes need, onto a stack that closes it in reverse order. */
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import {
  Cache,
  createMemoryTier,
  createReplicaStore,
  type LogShards,
  type OnEvict,
  type TierName,
  tierField,
} from '@deja/cache-core';
import {
  createArtefactIndex,
  createLogClient,
  createNotifier,
  createSharedCounters,
  openLowerTiers,
} from '@deja/cache-core/redis';
import {
  createAdmission,
  createRunQueues,
  JobWaiter,
  jobStoresOf,
  openQueues,
  queuesOf,
  SeriesLog,
  shardsOf,
  startReconciler,
} from '@deja/jobs';
import { createKeyVerifier, KeyStore, type KeyVerifier, SessionStore } from '@deja/keys';
import type { Model } from '@deja/models';
import { openRedisConnections } from '@deja/redis';
import { createRegistry, type Logger, SharedBound } from '@deja/runtime';
import { DeliveryStore } from '@deja/webhooks';
import { openSimulation } from './advice/open-simulation.ts';
import { Audit } from './audit/audit.ts';
import { AuditStream } from './audit/audit-stream.ts';
import { createRequestCounts } from './cache/request-counts.ts';
import { TenantCounts } from './cache/tenant-counts.ts';
import type { ApiConfig } from './config.ts';
import type { ApiContext } from './context.ts';
import { createMissReasons } from './explain/miss-reasons.ts';
import { HistoryStore } from './history/store.ts';
import { HitRates } from './http/hit-rates.ts';
import { Estimator } from './jobs/estimate.ts';
import { createEstimateErrors } from './jobs/estimate-errors.ts';
import { WorkReader } from './jobs/work.ts';
import { openLeases, startFiguresKeeper } from './operations/figures-keeper.ts';
import { createLookupTimes } from './operations/lookup-times.ts';
import { Refresher } from './predictions/refresher.ts';

export interface OpenOptions {
  readonly config: ApiConfig;
  readonly models: ReadonlyMap<string, Model>;
  readonly log: Logger;
  readonly replica: string;
  readonly stopping: AbortSignal;
  /** Knows the keys, if keys are on. Default: one that asks Redis. */
  readonly keys?: KeyVerifier;
  /** Called when this process has another number of shards than the installation; it should end. */
  readonly onRefused?: (error: Error) => void;
}

export interface Opened {
  readonly context: ApiContext;
  /** Settles when every shard's invalidation log has answered, or could not be reached. */
  readonly started: Promise<unknown>;
}

const START_PATIENCE_MS = 5000;
const START_POLL_MS = 50;

export function openContext(resources: AsyncDisposableStack, options: OpenOptions): Opened {
  const { config, models, log, replica, stopping, onRefused = () => {} } = options;
  setMaxListeners(0, stopping); // each waiting request adds one
  const shards = shardsOf(config.redisPrefix, config.queueShards);
  const [first] = shards.all;
  const probeKeys = shards.map(({ prefix }) => `${prefix}none`).all;
  const open = (url: string, role: 'queue' | 'cache') =>
    resources.use(openRedisConnections({ url, role, probeKeys, log }));
  const queueServer = open(config.redisUrl, 'queue');
  const cacheServer = config.cacheRedisUrl ? open(config.cacheRedisUrl, 'cache') : queueServer;
  const redis = queueServer.connect('request');
  const cacheRedis = cacheServer.connect('cache');
  const channels = shards.all.map(({ channel }) => channel);
  const notifier = resources.use(createNotifier(queueServer.connect('subscriber'), ...channels));
  const admit = createAdmission(redis, shards, onRefused);

  const counters = resources.use(createSharedCounters(redis, `${first.prefix}stats`));
  const onEvict: OnEvict = (tier, reason, count) =>
    counters.add(tierField(tier, `evicted:${reason}`), count);
  const skippedSince = new Map<TierName, number>();
  const lower = openLowerTiers({
    redis: cacheRedis,
    namespace: config.redisPrefix,
    shards: config.queueShards,
    maxRedisBytes: config.cacheRedisUrl === undefined ? config.cacheMaxRedisBytes : undefined,
    dir: config.cacheDir,
    maxDiskBytes: config.cacheMaxDiskBytes,
    deadlineMs: config.cacheTierDeadlineMs,
    onEvict,
    onDiskError: (err) => log.error({ err }, 'no disk tier'),
    onChange: (breaker, tier) => {
      if (breaker === 'open') skippedSince.set(tier, Date.now());
      else skippedSince.delete(tier);
      log.warn({ tier, breaker }, 'cache tier');
    },
  });
  for (const tier of lower.all) resources.use(tier);
  const memory = resources.use(
    createMemoryTier({
      maxBytes: config.cacheMaxMemoryBytes,
      maxEntries: config.cacheMaxEntries,
      onEvict,
    }),
  );
  const logRedis = queueServer.connect('log');
  const logs = shards.map(({ prefix, index }) =>
    resources.use(
      createLogClient({
        ...{ redis: logRedis, notifier, prefix, admit },
        serveUnverifiedMs: config.serveUnverifiedMs,
        maxPerMinute: config.maxInvalidationsPerMinute,
        restart: config.logRestart,
        ...(lower.disk && { store: createReplicaStore(lower.disk, index) }),
      }),
    ),
  );
  const keysOfRedis = () => {
    const { serveUnverifiedMs, adminKeySha256 } = config;
    const asking = { redis: logRedis, notifier, prefix: first.prefix };
    return resources.use(createKeyVerifier({ ...asking, serveUnverifiedMs, adminKeySha256 }));
  };
  const keys = config.auth === 'required' ? (options.keys ?? keysOfRedis()) : undefined;
  const registry = createRegistry();
  const auditStream = new AuditStream({ redis, prefix: first.prefix });
  const lookupTimes = createLookupTimes(registry);
  const simulation = openSimulation({ config, models, lower, logs });
  const cache = new Cache({
    ...{ log: logs, memory, lower: lower.all, counters },
    onLookup(tier, ms) {
      lookupTimes.observe(tier, ms);
      if (tier !== 'memory') simulation.lookedUp(ms);
    },
  });

  const queueShards = openQueues(redis, shards, config.jobLimits, admit);
  const [ofAll] = queueShards.all;
  const stores = jobStoresOf(queueShards);
  const { runs, jobs } = stores;
  const deliveries = new DeliveryStore(queueShards);
  const leases = openLeases(ofAll, replica, lower.disk && config.cacheDir);
  const history = new HistoryStore(ofAll);
  const queues = queuesOf(shards.map((shard) => resources.use(createRunQueues(redis, shard))));
  const onError = (err: unknown) => log.debug({ err }, 'reconciler');
  resources.use(startReconciler({ runs, jobs, queues, onError }));
  const waiter = resources.use(new JobWaiter({ jobs, notifier, shards }));
  const refresher = new Refresher({ runs, queues, config, log });
  const work = new WorkReader(stores.figures, stores.workers);
  const estimator = new Estimator(
    work,
    createEstimateErrors(registry, counters),
    config.queueShards,
  );
  notifier.listen((message) => {
    // The run succeeded, so memory may hold an older answer; the next look-up finds the new one.
    const [what, run = '', state, key, epoch, seq, no] = message.split(' ');
    if (what !== 'run' || key === undefined) return;
    estimator.ended(run, state === 'succeeded');
    if (state !== 'succeeded') return;
    const token = { epoch: Number(epoch), seq: Number(seq), id: '' };
    cache.supersede(key, { token, runSeq: Number(no) });
  });

  const context: ApiContext = {
    ...{
      config,
      keys,
      keyStore: new KeyStore({ redis, prefix: first.prefix }),
      sessions: new SessionStore({
        ...{ redis, prefix: first.prefix, adminKeySha256: config.adminKeySha256 },
      }),
      audit: new Audit({ stream: auditStream, log, registry }),
      auditStream,
      models,
      cache,
      invalidations: logs.all,
      memory,
      lower,
      counters,
      requests: createRequestCounts(counters),
      tenantCounts: resources.use(new TenantCounts(redis, first.prefix)),
      simulation,
      queues,
      waiter,
      waits: new SharedBound(config.maxWaiters),
      streams: new SharedBound(config.maxEventStreams),
      refresher,
      hitRates: new HitRates(config.processes),
      shards,
    },
    ...stores,
    deliveries,
    artefacts: createArtefactIndex(cacheRedis, config.redisPrefix, { shards: config.queueShards }),
    ...{ estimator, work },
    countMissReason: createMissReasons(registry, counters),
    health: {
      state: 'starting',
      redis: queueServer,
      cacheRedis: cacheServer,
    },
    stopping,
    registry,
    lookupTimes,
    skippedSince,
    leases,
    history,
    seriesLog: new SeriesLog(queueShards, 'forecast'),
    log,
    replica,
  };
  resources.use(startFiguresKeeper(context, redis));
  return { context, started: heardOf(logs) };
}

async function heardOf({ all }: LogShards): Promise<void> {
  const deadline = performance.now() + START_PATIENCE_MS;
  const hear = async (log: LogShards['all'][number]) => {
    while (!(await log.catchUp()) && performance.now() < deadline) await delay(START_POLL_MS);
  };
  await Promise.all(all.map(hear));
}
