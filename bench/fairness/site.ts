/** Runs of several tenants through JOIN, BullMQ, a worker's lane, START and FINALISE; the model only sleeps. */
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createNotifier } from '@deja/cache-core/redis';
import {
  createRunQueues,
  LaneDeliveries,
  newJobId,
  newRunId,
  openJobStores,
  type PendingRun,
  reconcile,
  shardOf,
} from '@deja/jobs';
import { createLogger } from '@deja/runtime';
import { Redis } from 'ioredis';
import { Lanes } from '../../apps/worker/src/runs/lanes.ts';

export interface SiteOptions {
  readonly url: string;
  readonly slots: number;
  /** How long each run takes. Unit: ms. */
  readonly runMs: number;
  /** How many runs the workers say that they hold at once. Default: as many as there are slots. */
  readonly holds?: number;
}

export interface Asker {
  /** Default: there are no keys. */
  readonly tenant?: string;
  readonly weight?: number;
}

export interface Site extends AsyncDisposable {
  /** Resolves when the run is open. Its end: `ended`. */
  ask(asker: Asker): Promise<{ readonly ended: Promise<void> }>;
  /** Runs that have ended, by tenant. */
  done(tenant: string): number;
}

export async function openSite({ url, slots, runMs, holds = slots }: SiteOptions): Promise<Site> {
  const shard = shardOf(`b${randomUUID().slice(0, 8)}`);
  const redis = new Redis(url);
  const { runs, jobs, workers } = openJobStores(redis, shard);
  const queues = createRunQueues(redis, shard);
  await workers.announce('w', { slots, models: [], about: undefined, holds: { long: holds } });
  const open = new Map<string, { readonly tenant: string; readonly end: () => void }>();
  const done = new Map<string, number>();
  const workerRedis = new Redis(url, { maxRetriesPerRequest: null });
  const log = createLogger('bench', 'silent');
  const handOver = (hand: readonly PendingRun[]) => {
    for (const pending of hand) void queues.add(pending);
  };
  const process = async (run: string) => {
    const attempt = randomBytes(12).toString('base64url');
    const started = await runs.start(run, attempt);
    if (started.outcome === 'closed') handOver(started.hand);
    if (started.outcome !== 'go') return;
    await delay(runMs);
    const reply = await runs.finalise(run, attempt, 'succeeded', '{}');
    if (reply.outcome === 'ok') handOver(reply.hand);
    const { tenant = '', end } = open.get(run) ?? {};
    done.set(tenant, (done.get(tenant) ?? 0) + 1);
    end?.();
    open.delete(run);
  };
  const stopping = new AbortController();
  const lanes = new Lanes({
    lanes: [
      {
        ...{ lane: 'long', most: slots },
        deliveries: [new LaneDeliveries({ lane: 'long', redis: workerRedis, shard, log })],
      },
    ],
    pool: { run: () => Promise.reject(new Error('nothing is computed')) },
    ...{ processor: { process }, stopping: stopping.signal, log },
  });
  const notifier = createNotifier(new Redis(url), shard.workersChannel);
  notifier.listen((message) => lanes.wake(message.split(' ')[1]));
  const upkeep = setInterval(() => void reconcile({ runs, jobs, queues }), 1000);
  return {
    async ask({ tenant, weight }) {
      const { promise: ended, resolve: end } = Promise.withResolvers<void>();
      const run = newRunId();
      open.set(run, { tenant: tenant ?? '', end });
      const reply = await runs.join(
        {
          ...{ job: newJobId(shard), run, key: randomBytes(32).toString('hex') },
          ...{ model: 'sleep', version: 1, engine: undefined, tags: [], lane: 'long' },
          ...{ deadlineMs: 3_600_000, tenant, weight },
        },
        '{}',
      );
      if (reply.outcome === 'created')
        await Promise.all(reply.hand.map((pending) => queues.addJoined(pending)));
      return { ended };
    },
    done: (tenant) => done.get(tenant) ?? 0,
    async [Symbol.asyncDispose]() {
      clearInterval(upkeep);
      stopping.abort();
      await lanes[Symbol.asyncDispose]();
      await notifier[Symbol.asyncDispose]();
      workerRedis.disconnect();
      await queues[Symbol.asyncDispose]();
      redis.disconnect();
    },
  };
}

/** Opens so many runs, a hundred at a time. */
export async function flood(site: Site, asker: Asker, runs: number): Promise<void> {
  for (let left = runs; left > 0; left -= 100)
    await Promise.all(Array.from({ length: Math.min(left, 100) }, () => site.ask(asker)));
}

/** How long each of so many runs takes, one asked for about every `everyMs`. Unit: ms. */
export async function waitsOf(
  site: Site,
  asker: Asker,
  { asks, everyMs }: { readonly asks: number; readonly everyMs: number },
): Promise<number[]> {
  const waits: Promise<number>[] = [];
  for (let n = 0; n < asks; n += 1) {
    const askedAt = performance.now();
    const ended = site.ask(asker).then((run) => run.ended);
    waits.push(ended.then(() => performance.now() - askedAt));
    // Not in step with the runs that are under way.
    await delay(everyMs * (0.5 + Math.random()));
  }
  return await Promise.all(waits);
}
