/**
 * What a MISS costs beyond the model's own time, and how many runs a second go through: beside bare
 * BullMQ, which our runs ride on.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startOwnRedis } from '@deja/local-redis';
import { Redis } from 'ioredis';
import type { Report, Row, Table } from './report.ts';
import { quantile } from './rounds.ts';
import { createAsker } from './runs/asker.ts';
import { startBareQueue } from './runs/bare-queue.ts';
import { startBareWay } from './runs/bare-way.ts';
import { bullmqMill, grind, runMill, scriptCosts, scriptTime } from './runs/protocol.ts';
import { startApp } from './scaling/app.ts';

export interface RunsEffort {
  readonly rounds: number;
  /** Misses in a round, one after the other. */
  readonly misses: number;
  /** Items of no-op work in a round. */
  readonly items: number;
}

const MODEL = fileURLToPath(new URL('./runs/noop-model.ts', import.meta.url));

export async function benchRuns(effort: RunsEffort): Promise<Report> {
  await using redis = await startOwnRedis();
  return {
    name: 'runs',
    title: 'What a run costs',
    notes: [
      'A MISS is one `POST` with `Prefer: wait`, each of another input, through an API, the queue, a worker and its ' +
        'slot, to an answer that is stored in Redis and on disk. Beside it a bare `queue.add` and ' +
        '`waitUntilFinished` with a worker in another process, which stores nothing and is asked without HTTP. The ' +
        "model's own time is nothing, so all of it is overhead. The bare way is BullMQ and the messages of a MISS " +
        'between the same processes, with nothing done on it: a POST to a bare server, a GET, `queue.add`, a worker, ' +
        'one read, a child process, a SET and a PUBLISH. They take turns, one request at a time.',
      'No-op work: 50 items at a time, clients and workers in one process, without HTTP and slots. The time of ' +
        "Redis is what its `INFO commandstats` says of scripts: Redis is one thread, so that time is the queue's " +
        'upper bound.',
    ],
    peers: ['bullmq', 'ioredis'],
    tables: [
      await misses(redis.url, effort),
      await throughput(redis.url, effort),
      await costs(redis.url, effort),
    ],
  };
}

async function misses(url: string, { rounds, misses: count }: RunsEffort): Promise<Table> {
  await using resources = new AsyncDisposableStack();
  const cacheDir = mkdtempSync(join(tmpdir(), 'deja-bench-'));
  resources.defer(() => rmSync(cacheDir, { recursive: true, force: true }));
  const env = {
    ...{ REDIS_URL: url, CACHE_DIR: cacheDir, DEJA_MODELS: MODEL },
    // Replacing a slot takes a second of CPU: with a model that takes no time it would happen all the time.
    ...{ WORKER_CONCURRENCY: '1', SLOT_MAX_RUNS: '1000000', DRAIN_S: '0' },
  };
  const api = resources.use(await startApp('api', { PORT: '0', ...env }, 'api listening'));
  resources.use(await startApp('worker', env, 'worker ready'));
  const address = `http://127.0.0.1:${api.line.port}/models/noop/run`;
  const asker = resources.use(createAsker(address, { prefer: 'wait=30' }));
  let n = 0;
  const ask = async () => {
    n += 1;
    const status = await asker.ask({ n });
    if (status !== 200) throw new Error(`a MISS was answered ${status}`);
  };
  const bare = resources.use(await startBareQueue(url));
  const way = resources.use(await startBareWay(url));

  const variants = [
    { name: 'bare queue.add and waitUntilFinished', ask: bare.ask, ms: [] as number[] },
    { name: 'bare way: BullMQ and the messages alone', ask: way.ask, ms: [] as number[] },
    { name: 'Deja: POST, wait', ask, ms: [] as number[] },
  ];
  for (const variant of variants) for (let i = 0; i < count; i += 1) await variant.ask();
  for (let round = 0; round < rounds; round += 1)
    for (const { ask: next, ms } of variants)
      for (let i = 0; i < count; i += 1) {
        const start = performance.now();
        await next();
        ms.push(performance.now() - start);
      }
  const [base] = variants.map(({ ms }) => quantile(ms, 0.5));
  return {
    caption: 'A MISS of a model that takes no time, one at a time',
    columns: ['', 'p50 ms', 'p99 ms'],
    ratioOf: "times bare BullMQ's p50",
    rows: variants.map(({ name, ms }) => ({
      cells: [name, quantile(ms, 0.5).toFixed(2), quantile(ms, 0.99).toFixed(2)],
      ratio: quantile(ms, 0.5) / (base as number),
    })),
  };
}

async function throughput(url: string, { rounds, items }: RunsEffort): Promise<Table> {
  await using resources = new AsyncDisposableStack();
  const redis = resources.adopt(new Redis(url), (r) => r.disconnect());
  const mills = [bullmqMill(url), runMill(url)].map((mill) => ({
    mill: resources.use(mill),
    perS: [] as number[],
    redisUs: [] as number[],
    nodeUs: [] as number[],
  }));
  for (const { mill } of mills) await grind(mill, items);
  for (let round = 0; round < rounds; round += 1)
    for (const { mill, perS, redisUs, nodeUs } of mills) {
      const scripts = await scriptTime(redis);
      const cpu = process.cpuUsage();
      const start = performance.now();
      await grind(mill, items);
      perS.push((items * 1000) / (performance.now() - start));
      redisUs.push(((await scriptTime(redis)) - scripts) / items);
      const { user, system } = process.cpuUsage(cpu);
      nodeUs.push((user + system) / items);
    }
  const [base] = mills.map(({ perS }) => quantile(perS, 0.5));
  return {
    caption: 'No-op work, 50 at a time',
    columns: ['', 'a second', 'µs of Redis in scripts, each', 'µs of Node, each'],
    ratioOf: 'times bare BullMQ',
    rows: mills.map(({ mill, perS, redisUs, nodeUs }): Row => {
      const middle = [perS, redisUs, nodeUs].map((values) => quantile(values, 0.5).toFixed(0));
      return { cells: [mill.name, ...middle], ratio: quantile(perS, 0.5) / (base as number) };
    }),
  };
}

async function costs(url: string, { items }: RunsEffort): Promise<Table> {
  const found = await scriptCosts(url, items);
  const first = found[0]?.us ?? 1;
  return {
    caption: 'Where the time of Redis goes',
    columns: ['script', 'µs'],
    ratioOf: "times the first one's",
    rows: found.map(({ name, us }) => ({ cells: [name, us.toFixed(0)], ratio: us / first })),
  };
}
