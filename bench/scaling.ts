/**
 * Does twice the number of workers do twice the work? A model that sleeps takes no core, so many
 * workers fit on one machine, and what keeps the curve from being straight is what they share: the
 * API, Redis and the protocol between them.
 */
import { fileURLToPath } from 'node:url';
import { startOwnRedis } from '@deja/local-redis';
import { post } from '@deja/testing';
import type { Report, Row } from './report.ts';
import { type App, startApp } from './scaling/app.ts';

export interface ScalingEffort {
  /** Numbers of workers, ascending; each of them has one slot. */
  readonly workers: readonly number[];
  /** Runs for each worker. */
  readonly runsEach: number;
}

const SLEEP_MS = 200;
const BAR_CHARS = 32;
const MODEL = fileURLToPath(new URL('../examples/sleep-model.ts', import.meta.url));

export async function benchScaling({ workers, runsEach }: ScalingEffort): Promise<Report> {
  await using resources = new AsyncDisposableStack();
  const redis = resources.use(await startOwnRedis());
  const env = {
    REDIS_URL: redis.url,
    CACHE_DIR: 'off',
    DEJA_MODELS: MODEL,
    WORKER_CONCURRENCY: '1',
    DRAIN_S: '0',
  };
  const api = resources.use(await startApp('api', { PORT: '0', ...env }, 'api listening'));
  const url = `http://127.0.0.1:${api.line.port}/models/sleep/run`;

  const found: { readonly count: number; readonly perS: number }[] = [];
  const running: App[] = [];
  for (const count of workers) {
    while (running.length < count)
      running.push(resources.use(await startApp('worker', env, 'worker ready')));
    const label = (at: number) => `${count} workers, run ${at}`;
    found.push({ count, perS: await throughput(url, count, count * runsEach, label) });
  }
  return {
    name: 'scaling',
    title: 'Work done by more workers',
    notes: [
      `One API and one Redis; workers of one slot each; a model that sleeps ${SLEEP_MS} ms; ${runsEach} runs for each ` +
        'worker, all asked for at once, each of another input. Counted is from when every worker has ended its first ' +
        'run to when the last run has ended, as the client sees it. The ratio is to so many times what the first row ' +
        'does: 1 is a straight line. A bar as long as the dots is one, too.',
    ],
    peers: ['ioredis'],
    tables: [
      {
        caption: `A model that sleeps ${SLEEP_MS} ms`,
        columns: ['workers', 'runs a second', ''],
        ratioOf: 'times linear',
        rows: rowsOf(found),
      },
    ],
  };
}

function rowsOf(found: readonly { readonly count: number; readonly perS: number }[]): Row[] {
  const each = (found[0]?.perS ?? 1) / (found[0]?.count ?? 1);
  const longest = (found.at(-1)?.count ?? 1) * each;
  return found.map(({ count, perS }) => {
    const ideal = Math.round((BAR_CHARS * count * each) / longest);
    const bar = '█'.repeat(Math.round((BAR_CHARS * perS) / longest)).padEnd(ideal, '·');
    return { cells: [String(count), perS.toFixed(1), `\`${bar}\``], ratio: perS / (count * each) };
  });
}

/** Runs a second, without the time until all of them work. */
async function throughput(
  url: string,
  workers: number,
  runs: number,
  label: (at: number) => string,
): Promise<number> {
  const endedAt: number[] = [];
  await Promise.all(
    Array.from({ length: runs }, async (_, at) => {
      const body = { ms: SLEEP_MS, label: label(at) };
      const ask = () => post(url, body, { Prefer: 'wait=60' });
      let { status } = await ask();
      while (status === 503 || status === 202) ({ status } = await ask()); // too busy: it joins its run
      if (status !== 200) throw new Error(`a run was answered ${status}`);
      endedAt.push(performance.now());
    }),
  );
  const first = endedAt[workers - 1] as number;
  const last = endedAt.at(-1) as number;
  return ((runs - workers) * 1000) / (last - first);
}
