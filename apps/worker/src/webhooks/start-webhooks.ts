/** Delivers webhooks in this worker, apart from computing, until it is disposed of. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Notifier } from '@deja/cache-core/redis';
import {
  createWebhookQueue,
  DeliveryStore,
  type Shard,
  type Turn,
  WEBHOOK_QUEUE,
} from '@deja/jobs';
import type { Logger } from '@deja/runtime';
import { HostGates, WebhookSender } from '@deja/webhooks';
import { type Job, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { WorkerConfig } from '../config.ts';
import { Deliverer } from './deliverer.ts';
import { startOutboxRelay } from './relay.ts';

export interface WebhooksOptions {
  readonly config: WorkerConfig;
  readonly secrets: readonly string[];
  /** For scripts and for handing over. */
  readonly redis: Redis;
  /** For BullMQ's worker. */
  readonly queueRedis: Redis;
  readonly shard: Shard;
  readonly notifier: Notifier;
  readonly log: Logger;
}

/** What is under way when the worker stops may take so long, and is given back after that. */
const FINISH_MS = 1000;
const CLOSE_MS = 1000;
/** Deliveries of a dead worker are made by others after 10 to 13 s; made twice they do no harm. */
const LOCK_MS = 10_000;
const STALLED_CHECK_MS = 3_000;

export function startWebhooks(options: WebhooksOptions): AsyncDisposable {
  const { config, secrets, redis, queueRedis, shard, notifier, log } = options;
  const { jobLimits, webhookConcurrency: concurrency } = config;
  const deliveries = new DeliveryStore(redis, shard, jobLimits);
  const stopping = new AbortController();
  const shutdown = new AbortController();
  const sender = new WebhookSender({
    policy: config.webhookPolicy,
    secrets,
    timeoutMs: config.webhookTimeoutMs,
  });
  const queue = createWebhookQueue(redis, shard);
  const onError = (err: unknown) => log.debug({ err }, 'outbox');
  const relay = startOutboxRelay({ deliveries, queue, notifier, onError });
  const deliverer = new Deliverer({
    deliveries,
    sender,
    gates: new HostGates({
      maxPerHost: config.webhookMaxPerHost,
      maxUnproven: Math.ceil(concurrency / 4),
      maxWaitingPerHost: Math.ceil(concurrency / 2),
      maxWaiting: Math.ceil((concurrency * 3) / 4),
    }),
    scheduleS: config.webhookScheduleS,
    body: { retainMs: jobLimits.retainMs, publicUrl: config.publicUrl },
    onDue: relay.dueIn,
    log,
    stopping: stopping.signal,
    shutdown: shutdown.signal,
  });
  const underWay = new Set<Promise<void>>();
  const worker = new Worker<Turn>(
    WEBHOOK_QUEUE,
    async ({ data }: Job<Turn>) => {
      const work = deliverer.deliver(data);
      underWay.add(work);
      await work.finally(() => underWay.delete(work));
    },
    {
      connection: queueRedis,
      prefix: shard.queuePrefix,
      concurrency,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: Number.MAX_SAFE_INTEGER,
    },
  );
  worker.on('error', (err) => log.debug({ err }, 'bullmq webhooks'));
  worker.on('failed', (_job, err) =>
    log.error({ err }, 'webhook not settled, its row comes again'),
  );
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      const giveBack = setTimeout(() => shutdown.abort(), FINISH_MS);
      const closed = Promise.all([relay[Symbol.asyncDispose](), worker.close()]);
      await Promise.race([closed, Promise.allSettled(underWay)]);
      await Promise.race([closed, delay(CLOSE_MS)]);
      clearTimeout(giveBack);
      shutdown.abort();
      await sender.close();
      await queue[Symbol.asyncDispose]();
    },
  };
}
