/**
 * Many series in one request: through API, queue, worker and all tiers, then once more as hits; what
 * that costs whom, and what somebody notices who asks for one forecast meanwhile.
 */
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { startOwnRedis } from '@deja/local-redis';
import { createForecastModel } from '@deja/models';
import { warmUp } from '@deja/models/compute';
import { context } from '../packages/models/test/series.ts';
import { sendMany, type Totals } from './many/client.ts';
import { PERIODS, seriesOf } from './many/series.ts';
import type { Report, Row, Table } from './report.ts';
import { quantile } from './rounds.ts';
import { createAsker } from './runs/asker.ts';
import { startApp } from './scaling/app.ts';
import { cpuOf, rssOf } from './usage.ts';

export interface ManyEffort {
  readonly series: number;
  readonly points: number;
  /** Single forecasts, each of another series, on the idle machine; at least as many beside many. */
  readonly interactive: number;
}

/** Between an answer and the next single question: a person, or one client with little to ask. */
const PAUSE_MS = 50;
const SAMPLE_MS = 100;

export async function benchMany({ series, points, interactive }: ManyEffort): Promise<Report> {
  await using resources = new AsyncDisposableStack();
  const dir = mkdtempSync(join(tmpdir(), 'deja-bench-'));
  resources.defer(() => rmSync(dir, { recursive: true, force: true }));
  const redis = resources.use(await startOwnRedis());
  const env = { REDIS_URL: redis.url, CACHE_DIR: join(dir, 'cache'), DRAIN_S: '0' };
  const api = resources.use(await startApp('api', { PORT: '0', ...env }, 'api listening'));
  const worker = resources.use(await startApp('worker', env, 'worker ready'));
  const url = `http://127.0.0.1:${api.line.port}`;
  const pids = { api: api.pid, worker: worker.pid, redis: redis.pid };

  const file = async (name: string, count: number) => {
    const path = join(dir, `${name}.ndjson`);
    const lines = function* () {
      for (let at = 0; at < count; at += 1)
        yield `${JSON.stringify(seriesOf(`${name}-${at}`, points))}\n`;
    };
    await pipeline(Readable.from(lines()), createWriteStream(path));
    return path;
  };
  const askEach = async (name: string, isOver: (asked: number) => boolean) => {
    // A connection of its own: the server closes one that is idle for as long as many take.
    using asker = createAsker(`${url}/forecast`, { prefer: 'wait=30' });
    const ms: number[] = [];
    while (!isOver(ms.length)) {
      const startedAt = performance.now();
      const status = await asker.ask(seriesOf(`${name}-${ms.length}`, points));
      if (status !== 200) throw new Error(`a forecast was answered ${status}`);
      ms.push(performance.now() - startedAt);
      await delay(PAUSE_MS);
    }
    return ms;
  };

  const main = await file('main', series);
  const beside = await file('beside', Math.ceil(series / 4));
  await sendMany(url, await file('warm', Math.ceil(series / 10)));
  await askEach('warm', (asked) => asked >= interactive / 4);

  // Half of it before, half after: other work on the machine comes and goes.
  const half = await plainLoop(Math.ceil(series / 2), points);
  const misses = await measured(pids, () => sendMany(url, main));
  const hits = await measured(pids, () => sendMany(url, main));
  if (misses.totals.computed !== series || hits.totals.hits !== series)
    throw new Error('a question was not answered as it should be');
  const loop = half + (await plainLoop(Math.floor(series / 2), points));
  const quiet = await askEach('quiet', (asked) => asked >= interactive);
  let isOver = false;
  const others = sendMany(url, beside).finally(() => {
    isOver = true;
  });
  const busy = await askEach('busy', () => isOver);
  await others;

  return {
    name: 'many',
    title: 'Many series in one request',
    notes: [
      `\`POST /forecast/many\` with ${series} series of ${points} daily points, ${PERIODS} steps each, as NDJSON over one connection, ` +
        'through an API, the queue, one worker with a slot for each core and one for short work, and Redis, each a process of its own on this machine, ' +
        'to answers and fitted models that are stored in memory, in Redis and on disk. Then the same body again: every answer is a HIT. ' +
        'Before it, a tenth as many other series went the same way.',
      'The plain loop is what a script would do without Deja: parse a line, validate it, fit and forecast with the same model, write the answer as JSON, ' +
        'in one process, one series after the other, with nothing stored: half of them before, half after the others.',
      'CPU is user and system time of each process from Linux. Memory is how much the resident memory of the API grew at most.',
      `A single forecast is a \`POST /forecast\` of another series of ${points} points that waits for its answer, ${PAUSE_MS} ms after the one before.`,
    ],
    peers: ['bullmq', 'ioredis'],
    tables: [throughput(series, loop, { misses, hits }), latencies(quiet, busy)],
  };
}

type Pids = Readonly<Record<'api' | 'worker' | 'redis', number | undefined>>;

interface Measured {
  readonly totals: Totals;
  readonly seconds: number;
  /** Unit: ms. */
  readonly cpu: ReturnType<typeof cpuOfAll>;
  readonly grownMb: number;
}

async function measured(pids: Pids, work: () => Promise<Totals>): Promise<Measured> {
  const rss = () => rssOf(pids.api as number);
  const [rssBefore, cpuBefore] = [rss(), cpuOfAll(pids)];
  let most = rssBefore;
  const sampler = setInterval(() => {
    most = Math.max(most, rss());
  }, SAMPLE_MS);
  const startedAt = performance.now();
  try {
    const totals = await work();
    const seconds = (performance.now() - startedAt) / 1000;
    const after = cpuOfAll(pids);
    const cpu = {
      api: after.api - cpuBefore.api,
      worker: after.worker - cpuBefore.worker,
      slots: after.slots - cpuBefore.slots,
      redis: after.redis - cpuBefore.redis,
    };
    return { totals, seconds, cpu, grownMb: Math.max(most, rss()) - rssBefore };
  } finally {
    clearInterval(sampler);
  }
}

function cpuOfAll({ api, worker, redis }: Pids) {
  const { own, children } = cpuOf(worker as number);
  return {
    api: cpuOf(api as number).own,
    worker: own,
    slots: children,
    redis: redis === undefined ? 0 : cpuOf(redis).own,
  };
}

/** Unit: s. */
async function plainLoop(series: number, points: number): Promise<number> {
  const model = createForecastModel();
  await warmUp([model]);
  const lines = Array.from({ length: series }, (_, at) =>
    JSON.stringify(seriesOf(`loop-${at}`, points)),
  );
  const startedAt = performance.now();
  for (const line of lines)
    JSON.stringify(await model.run(model.prepare(JSON.parse(line)).input, context));
  return (performance.now() - startedAt) / 1000;
}

function throughput(
  series: number,
  loop: number,
  { misses, hits }: { readonly misses: Measured; readonly hits: Measured },
): Table {
  const each = (ms: number) => (ms / series).toFixed(2);
  const row = (name: string, { seconds, cpu, grownMb }: Measured): Row => ({
    cells: [
      name,
      seconds.toFixed(1),
      (series / seconds).toFixed(0),
      ...[cpu.api, cpu.worker, cpu.slots, cpu.redis].map(each),
      grownMb.toFixed(0),
    ],
    ratio: seconds / loop,
  });
  return {
    caption: `${series} series`,
    columns: [
      ...['', 's', 'series a second'],
      ...['API', 'worker', 'slots', 'Redis'].map((name) => `${name}, CPU ms each`),
      'memory of the API, MB',
    ],
    ratioOf: "times the loop's time",
    rows: [
      {
        cells: ['plain loop', loop.toFixed(1), (series / loop).toFixed(0), '', '', '', '', ''],
        ratio: 1,
      },
      row('many', misses),
      row('many again, all hits', hits),
    ],
  };
}

function latencies(quiet: readonly number[], busy: readonly number[]): Table {
  const row = (name: string, ms: readonly number[]): Row => ({
    cells: [
      name,
      String(ms.length),
      ...[0.5, 0.9, 0.99].map((share) => quantile(ms, share).toFixed(1)),
    ],
    ratio: quantile(ms, 0.5) / quantile(quiet, 0.5),
  });
  return {
    caption: 'A single forecast',
    columns: ['', 'forecasts', 'p50 ms', 'p90 ms', 'p99 ms'],
    ratioOf: 'times the usual p50',
    rows: [row('alone', quiet), row('beside many', busy)],
  };
}
