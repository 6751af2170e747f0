/**
 * A worker process. Everything it owns is opened here, top to bottom, and closed bottom to top when
 * the module scope ends, on a stop signal or on a failed start alike. If a model or a slot is why it
 * cannot start, it ends at once, with one line. Start as many as you like.
 */
import { randomUUID } from 'node:crypto';
import { utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { tierField } from '@deja/cache-core';
import {
  createArtefactIndex,
  createNotifier,
  createSharedCounters,
  openLowerTiers,
} from '@deja/cache-core/redis';
import {
  createAdmission,
  createRunQueues,
  jobStoresOf,
  type Lane,
  LaneDeliveries,
  openQueues,
  queuesOf,
  shardsOf,
  startReconciler,
} from '@deja/jobs';
import { loadModels } from '@deja/models';
import { hostsOf, openRedisConnections } from '@deja/redis';
import { createLogger, exitAfter, loadConfigOrExit, stopRequested } from '@deja/runtime';
import { startTracing, traceFields } from '@deja/runtime/tracing';
import { startWebhooks } from '@deja/webhooks';
import { aboutWorker } from './about.ts';
import { workerConfigSchema } from './config.ts';
import { slotEnvOf } from './isolation/sandbox.ts';
import { type Slots, SMALL_PER_SLOT } from './runs/attempt.ts';
import { Lanes, type LanesOptions } from './runs/lanes.ts';
import { createNoteSeries } from './runs/note-series.ts';
import { RunProcessor } from './runs/processor.ts';
import { createPublish } from './runs/publish.ts';
import { shortSlots } from './runs/short-slots.ts';
import { SlotPool } from './slots/slot-pool.ts';

const LINGER_MS = 200;

const config = loadConfigOrExit(workerConfigSchema, process.env);
const log = createLogger('worker', config.logLevel, traceFields(process.env));
const stop = stopRequested();

const slotModels = {
  modulePaths: config.modelPaths,
  cwd: process.cwd(),
  limits: config.modelLimits,
  sentiment: config.sentimentEngine,
  sharesAnswers: config.sharesAnswers,
};
const models = await loadModels(slotModels).catch(endWith('a model cannot be loaded'));

await using resources = new AsyncDisposableStack();
// The last resort: one of BullMQ's connections may still be trying to reach an unavailable Redis.
resources.defer(() => exitAfter(LINGER_MS, 0));
resources.use(await startTracing('deja-worker', process.env, log));
const shards = shardsOf(config.redisPrefix, config.queueShards);
const [first] = shards.all;
const probeKeys = shards.map(({ prefix }) => `${prefix}none`).all;
const open = (url: string, role: 'queue' | 'cache') =>
  resources.use(openRedisConnections({ url, role, probeKeys, log }));
const queueServer = open(config.redisUrl, 'queue');
const sharesServer = config.cacheRedisUrl === undefined;
const cacheServer = config.cacheRedisUrl ? open(config.cacheRedisUrl, 'cache') : queueServer;
const redis = queueServer.connect('request');
const admit = createAdmission(redis, shards, endWith('another number of shards'));
const queueShards = openQueues(redis, shards, config.jobLimits, admit);
const { runs, jobs, workers, operatorRuns } = jobStoresOf(queueShards);
const channels = shards.all.map(({ workersChannel }) => workersChannel);
const notifier = resources.use(createNotifier(queueServer.connect('subscriber'), ...channels));

const cacheRedis = cacheServer.connect('cache');
const counters = resources.use(createSharedCounters(redis, `${first.prefix}stats`));
const tiers = openLowerTiers({
  redis: cacheRedis,
  namespace: config.redisPrefix,
  shards: config.queueShards,
  maxRedisBytes: sharesServer ? config.cacheMaxRedisBytes : undefined,
  dir: config.cacheDir,
  maxDiskBytes: config.cacheMaxDiskBytes,
  deadlineMs: config.cacheTierDeadlineMs,
  onEvict: (tier, reason, count) => counters.add(tierField(tier, `evicted:${reason}`), count),
  onDiskError: (err) => log.error({ err }, 'no disk tier'),
  onChange: (breaker, tier) => log.warn({ tier, breaker }, 'cache tier'),
});
for (const tier of tiers.all) resources.use(tier);

const queues = queuesOf(shards.map((shard) => resources.use(createRunQueues(redis, shard))));
const index = createArtefactIndex(cacheRedis, config.redisPrefix, { shards: config.queueShards });

const id = randomUUID();
const host = hostname();
const stopping = new AbortController();
const shutdown = new AbortController();
const processor = new RunProcessor({
  runs,
  models,
  tiers: tiers.all,
  queues,
  publish: createPublish({
    tiers: tiers.all,
    storeArguments: tiers.storeArguments,
    defaultTtlMs: config.cacheTtlMs,
    keepStaleMs: config.cacheKeepStaleMs,
    jitter: config.cacheTtlJitter,
    noteSeries: createNoteSeries(queueShards),
    ...{ index, runs, queues, counters, log },
  }),
  worker: { worker: id, host },
  operatorRuns,
  log,
  shutdown: shutdown.signal,
});
notifier.listen((message) => {
  const [what, run] = message.split(' ');
  if (what === 'stop' && run !== undefined) processor.stop(run);
});

const slots = {
  ...{ ...config.slotLimits, models: slotModels, log },
  permissions:
    config.slotSandbox === 'off'
      ? ('off' as const)
      : [...new Set([...models.values()].flatMap(({ permissions = [] }) => permissions))],
  env: slotEnvOf(config.slotEnv),
};
const newPool = (size: number, warm: readonly string[]) =>
  resources.use(new SlotPool({ ...slots, size, warm }));
const shortPool = newPool(1, ['sentiment', 'forecast']);
const longPool = newPool(config.concurrency, ['forecast']);
await Promise.all([shortPool.ready(), longPool.ready()]).catch(endWith('slot cannot start'));

const queueRedis = queueServer.connect('worker');
// Opened before the lanes, so that it closes after them: the runs that they end still send webhooks.
const secrets = config.webhookSecrets;
const webhooks =
  secrets && resources.use(startWebhooks({ config, secrets, queues: queueShards, notifier, log }));
await admit()?.catch(() => undefined); // a Redis that is away is asked when it is back
const holds = {
  short: perSlotIn('short') + config.concurrency,
  long: config.concurrency * perSlotIn('long'),
  bulk: config.concurrency * SMALL_PER_SLOT,
  refresh: 1,
};
const take = (pool: Slots, of: readonly Lane[], more?: Pick<LanesOptions, 'idle'>) => {
  const openLane = (lane: Lane) => ({
    ...{ lane, most: holds[lane] },
    deliveries: shards.all.map(
      (shard) => new LaneDeliveries({ lane, redis: queueRedis, shard, log }),
    ),
  });
  const lanes = of.map(openLane);
  return new Lanes({ lanes, pool, processor, stopping: stopping.signal, log, ...more });
};
const lanes = [
  take(shortSlots(shortPool, longPool, models), ['short']),
  take(longPool, ['long']),
  // Both begin only while a slot for long work has nothing to do, bulk work first.
  take(longPool, ['bulk', 'refresh'], { idle: longPool }),
];
notifier.listen((message) => {
  const [what, lane] = message.split(' ');
  if (what === 'work') for (const of of lanes) of.wake(lane);
});
resources.defer(async () => {
  await Promise.all(lanes.map((lane) => lane[Symbol.asyncDispose]()));
});

const onError = (err: unknown) => log.debug({ err }, 'reconciler');
resources.use(startReconciler({ runs, jobs, queues, onError }));

const announce = async () => {
  if (config.healthFile !== undefined) touch(config.healthFile);
  const about = aboutWorker(processor.running(), webhooks?.receivers() ?? []);
  const { concurrency } = config;
  await workers
    .announce(id, { slots: concurrency, holds, models: [...models.values()], about })
    .catch(() => undefined);
};
await announce(); // whoever reads that it is ready finds it
const announcing = setInterval(announce, 1000);
resources.defer(async () => {
  clearInterval(announcing);
  await workers.leave(id).catch(() => undefined);
});

log.info(
  {
    redis: hostsOf(config.redisUrl),
    slots: config.concurrency,
    models: [...models.keys()],
    webhooks: config.webhookSecrets ? 'on' : 'off: no WEBHOOK_SECRET',
  },
  'worker ready',
);

const reason = await stop;
log.info({ reason }, 'worker stopping');
exitAfter(config.drainMs + 5000);
stopping.abort();
setTimeout(() => shutdown.abort(), config.drainMs).unref();

/** How many runs one slot of this lane may hold at once: the largest `perSlot` of the lane's models. */
function perSlotIn(lane: Lane): number {
  const ofLane = [...models.values()].filter((model) => model.lane === lane);
  return Math.max(1, ...ofLane.map(({ perSlot }) => perSlot ?? 1));
}

/** Ends the process with one line that says why. What it started ends by itself. */
function endWith(what: string): (error: Error) => never {
  return ({ message }) => {
    log.fatal({ err: { message } }, what);
    process.exit(1);
  };
}

function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    writeFileSync(path, '');
  }
}
