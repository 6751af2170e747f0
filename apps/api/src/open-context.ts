/** Opens everything that the routes need, onto a stack that closes it in reverse order. */
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import {
  Cache,
  createMemoryTier,
  createReplicaStore,
  type InvalidationLog,
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
  createRunQueues,
  JobWaiter,
  openJobStores,
  QueueRedis,
  SeriesLog,
  shardOf,
  startReconciler,
} from '@deja/jobs';
import type { Model } from '@deja/models';
import { openRedisConnections } from '@deja/redis';
import { createRegistry, type Logger } from '@deja/runtime';
import { DeliveryStore } from '@deja/webhooks';
import { openSimulation } from './advice/open-simulation.ts';
import { createRequestCounts } from './cache/request-counts.ts';
import type { ApiConfig } from './config.ts';
import type { ApiContext } from './context.ts';
import { createMissReasons } from './explain/miss-reasons.ts';
import { HistoryStore } from './history/store.ts';
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
}

export interface Opened {
  readonly context: ApiContext;
  /** Settles when the invalidation log has answered, or could not be reached. */
  readonly started: Promise<unknown>;
}

const START_PATIENCE_MS = 5000;
const START_POLL_MS = 50;

export function openContext(resources: AsyncDisposableStack, options: OpenOptions): Opened {
  const { config, models, log, replica, stopping } = options;
  setMaxListeners(0, stopping); // each waiting request adds one
  const shard = shardOf(config.redisPrefix);
  const probeKeys = [`${shard.prefix}none`] as const;
  const open = (url: string, role: 'queue' | 'cache') =>
    resources.use(openRedisConnections({ url, role, probeKeys, log }));
  const queueServer = open(config.redisUrl, 'queue');
  const cacheServer = config.cacheRedisUrl ? open(config.cacheRedisUrl, 'cache') : queueServer;
  const redis = queueServer.connect('request');
  const cacheRedis = cacheServer.connect('cache');
  const notifier = resources.use(createNotifier(queueServer.connect('subscriber'), shard.channel));

  const counters = resources.use(createSharedCounters(redis, `${shard.prefix}stats`));
  const onEvict: OnEvict = (tier, reason, count) =>
    counters.add(tierField(tier, `evicted:${reason}`), count);
  const skippedSince = new Map<TierName, number>();
  const lower = openLowerTiers({
    redis: cacheRedis,
    namespace: config.redisPrefix,
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
  const invalidations = resources.use(
    createLogClient({
      redis: queueServer.connect('log'),
      notifier,
      prefix: shard.prefix,
      serveUnverifiedMs: config.serveUnverifiedMs,
      maxPerMinute: config.maxInvalidationsPerMinute,
      restart: config.logRestart,
      ...(lower.disk && { store: createReplicaStore(lower.disk) }),
    }),
  );
  const registry = createRegistry();
  const lookupTimes = createLookupTimes(registry);
  const { replica: logReplica } = invalidations;
  const simulation = openSimulation({ config, models, lower, replica: logReplica });
  const cache = new Cache({
    ...{ log: invalidations, memory, lower: lower.all, counters },
    onLookup(tier, ms) {
      lookupTimes.observe(tier, ms);
      if (tier !== 'memory') simulation.lookedUp(ms);
    },
  });

  const stores = openJobStores(redis, shard, config.jobLimits);
  const { runs, jobs } = stores;
  const queueRedis = new QueueRedis(redis, shard, config.jobLimits);
  const deliveries = new DeliveryStore(queueRedis);
  const leases = openLeases(queueRedis, replica, lower.disk && config.cacheDir);
  const history = new HistoryStore(queueRedis);
  const queues = resources.use(createRunQueues(redis, shard));
  const onError = (err: unknown) => log.debug({ err }, 'reconciler');
  resources.use(startReconciler({ runs, jobs, queues, onError }));
  const waiter = resources.use(new JobWaiter({ jobs, notifier, shard }));
  const refresher = new Refresher({ runs, queues, config, log });
  const work = new WorkReader(stores.figures, stores.workers);
  const estimator = new Estimator(work, createEstimateErrors(registry, counters));
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
      models,
      cache,
      memory,
      lower,
      counters,
      requests: createRequestCounts(counters),
      simulation,
      queues,
      waiter,
      refresher,
      shard,
    },
    ...stores,
    deliveries,
    artefacts: createArtefactIndex(cacheRedis, config.redisPrefix),
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
    seriesLog: new SeriesLog(queueRedis, 'forecast'),
    log,
    replica,
  };
  resources.use(startFiguresKeeper(context, redis));
  return { context, started: heardOf(invalidations) };
}

async function heardOf(log: InvalidationLog): Promise<void> {
  const deadline = performance.now() + START_PATIENCE_MS;
  while (!(await log.catchUp()) && performance.now() < deadline) await delay(START_POLL_MS);
}
