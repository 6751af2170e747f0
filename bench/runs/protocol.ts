/** Runs through join, compute, finalise, without HTTP and slots, beside BullMQ's jobs. */
import { randomBytes, randomUUID } from 'node:crypto';
import { createNotifier } from '@deja/cache-core/redis';
import {
  createRunQueues,
  type JoinRequest,
  LaneDeliveries,
  newJobId,
  newRunId,
  openJobStores,
  type Shard,
  shardOf,
} from '@deja/jobs';
import { createLogger } from '@deja/runtime';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { Lanes } from '../../apps/worker/src/runs/lanes.ts';

interface RunMessage {
  readonly run: string;
}

/** Something that is handed an item of no-op work, and tells when a worker has done it. */
export interface Mill extends AsyncDisposable {
  readonly name: string;
  /** Resolves when the item has been worked on. */
  process(): Promise<void>;
}

const CONCURRENCY = 50;
const MODEL = 'noop';

const requestOf = (shard: Shard, key: string): JoinRequest => ({
  ...{ job: newJobId(shard), run: newRunId(), key },
  ...{
    model: MODEL,
    version: 1,
    engine: undefined,
    tags: [`model:${MODEL}`],
    lane: 'long',
    deadlineMs: 60_000,
  },
});

const newKey = (): string => randomBytes(32).toString('hex');

/** JOIN, `queue.add`, a worker's lane, START, FINALISE: a run and its job, each of another input. */
export function runMill(url: string): Mill {
  const shard = shardOf(`b${randomUUID().slice(0, 8)}`);
  const redis = new Redis(url);
  const { runs } = openJobStores(redis, shard);
  const queues = createRunQueues(redis, shard);
  const done = new Map<string, () => void>();
  const workerRedis = new Redis(url, { maxRetriesPerRequest: null });
  const log = createLogger('bench', 'silent');
  const deliveries = [new LaneDeliveries({ lane: 'long', redis: workerRedis, shard, log })];
  const stopping = new AbortController();
  const notifier = createNotifier(new Redis(url), shard.workersChannel);
  const process = async (run: string) => {
    const aid = randomBytes(12).toString('base64url');
    const started = await runs.start(run, aid);
    if (started.outcome !== 'go') throw new Error(`a run is ${started.outcome}`);
    await runs.finalise(run, aid, 'succeeded', '{}');
    done.get(run)?.();
  };
  const lanes = new Lanes({
    lanes: [{ lane: 'long', most: CONCURRENCY, deliveries }],
    pool: { run: () => Promise.reject(new Error('nothing is computed')) },
    ...{ processor: { process }, stopping: stopping.signal, log },
  });
  notifier.listen((message) => lanes.wake(message.split(' ')[1]));
  return {
    name: 'Deja: run and job',
    async process() {
      const request = requestOf(shard, newKey());
      const end = new Promise<void>((resolve) => done.set(request.run, resolve));
      const reply = await runs.join(request, '{}');
      if (reply.outcome !== 'created') throw new Error('a key was used twice');
      await Promise.all(reply.hand.map((pending) => queues.addJoined(pending)));
      await end;
      done.delete(request.run);
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await lanes[Symbol.asyncDispose]();
      await notifier[Symbol.asyncDispose]();
      workerRedis.disconnect();
      await queues[Symbol.asyncDispose]();
      redis.disconnect();
    },
  };
}

/** The same worker with nothing but BullMQ's own job. */
export function bullmqMill(url: string): Mill {
  const prefix = `b${randomUUID().slice(0, 8)}`;
  const redis = new Redis(url);
  const queue = new Queue<RunMessage>('bare', {
    ...{ connection: redis, prefix },
    defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
  });
  const done = new Map<string, () => void>();
  const worker = workerOf(url, 'bare', prefix, async ({ run }) => done.get(run)?.());
  return {
    name: 'bare BullMQ: a job',
    async process() {
      const run = newRunId();
      const end = new Promise<void>((resolve) => done.set(run, resolve));
      await queue.add('run', { run }, { jobId: `${newKey()}-${run}` });
      await end;
      done.delete(run);
    },
    async [Symbol.asyncDispose]() {
      await worker.close();
      await queue.close();
      redis.disconnect();
    },
  };
}

function workerOf(
  url: string,
  name: string,
  prefix: string,
  work: (message: RunMessage) => Promise<void>,
): Worker<RunMessage> {
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  const worker = new Worker<RunMessage>(name, ({ data }) => work(data), {
    ...{ connection, prefix, concurrency: CONCURRENCY },
    ...{ lockDuration: 15_000, maxStalledCount: Number.MAX_SAFE_INTEGER },
  });
  worker.on('error', (error) => {
    throw error;
  });
  worker.on('closed', () => connection.disconnect());
  return worker;
}

/** Does `items` items, `CONCURRENCY` at a time. */
export async function grind(mill: Mill, items: number): Promise<void> {
  let left = items;
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      await mill.process();
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
}

export interface ScriptCost {
  readonly name: string;
  /** Of the server's one thread, for one call. Unit: µs. */
  readonly us: number;
}

/** What each script costs the server, one after the other. */
export async function scriptCosts(url: string, calls: number): Promise<ScriptCost[]> {
  const redis = new Redis(url);
  const shard: Shard = shardOf(`b${randomUUID().slice(0, 8)}`);
  const { runs, jobs } = openJobStores(redis, shard);
  const ours = Array.from({ length: calls }, () => ({
    request: requestOf(shard, newKey()),
    aid: randomBytes(12).toString('base64url'),
  }));
  const costs: ScriptCost[] = [];
  const measure = async (name: string, work: (item: (typeof ours)[number]) => Promise<unknown>) => {
    const before = await scriptTime(redis);
    for (const item of ours) await work(item);
    costs.push({ name, us: ((await scriptTime(redis)) - before) / calls });
  };
  await measure('JOIN that opens a run', ({ request }) => runs.join(request, '{}'));
  await measure('JOIN of an open run', ({ request }) =>
    runs.join({ ...request, job: newJobId(shard) }, '{}'),
  );
  await measure('START', ({ request, aid }) => runs.start(request.run, aid));
  await measure('HEARTBEAT', ({ request, aid }) => runs.heartbeat(request.run, aid));
  await measure('read a job', ({ request }) => jobs.read(request.job));
  await measure('FINALISE, two jobs', ({ request, aid }) =>
    runs.finalise(request.run, aid, 'succeeded', '{}'),
  );
  redis.disconnect();
  return costs;
}

/** What the server has spent in scripts. Unit: µs. */
export async function scriptTime(redis: Redis): Promise<number> {
  const info = await redis.info('commandstats');
  const used = [...info.matchAll(/cmdstat_eval(?:sha)?:calls=\d+,usec=(\d+)/g)];
  return used.reduce((sum, [, us]) => sum + Number(us), 0);
}
