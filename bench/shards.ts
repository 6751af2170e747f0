/**
 * What shards cost and bring: the processor time of Redis for a run with one and with several, how evenly keys
 * spread, and how the work divides over the servers of a Cluster.
 */
import { fileURLToPath } from 'node:url';
import { cacheKeyFor } from '@deja/cache-core';
import { shardsOf } from '@deja/jobs';
import { startOwnRedis } from '@deja/local-redis';
import { startCluster } from '@deja/local-redis/topologies';
import type { Report, Row, Table } from './report.ts';
import { quantile } from './rounds.ts';
import { type App, startApp } from './scaling/app.ts';
import { cpuOf } from './usage.ts';

export interface ShardsEffort {
  /** Runs in a turn; each variant has as many turns as there are rounds. */
  readonly runs: number;
  readonly rounds: number;
  readonly keys: number;
}

const SHARDS = 4;
const MODEL = fileURLToPath(new URL('../examples/sleep-model.ts', import.meta.url));

interface Variant {
  readonly name: string;
  readonly shards: number;
  readonly pids: readonly number[];
  readonly url: string;
}

interface Turn {
  readonly perS: number;
  /** Of all servers, and of the busiest one, for a run. */
  readonly redisUs: number;
  readonly busiestUs: number;
}

export async function benchShards({ runs, rounds, keys }: ShardsEffort): Promise<Report> {
  await using resources = new AsyncDisposableStack();
  const start = async (
    servers: number,
    shards: number,
    redisUrl: string,
    pids: number[],
  ): Promise<Variant> => {
    const env = {
      ...{ REDIS_URL: redisUrl, QUEUE_SHARDS: String(shards), REDIS_PREFIX: `s${shards}` },
      ...{ CACHE_DIR: 'off', DEJA_MODELS: MODEL, DRAIN_S: '0', LOG_LEVEL: 'info' },
    };
    const open = async (name: 'api' | 'worker', until: string): Promise<App> =>
      resources.use(await startApp(name, { PORT: '0', ...env }, until));
    const [api] = await Promise.all([open('api', 'api listening'), open('worker', 'worker ready')]);
    const name = servers === 1 ? 'one server' : `a Cluster of ${servers} primaries`;
    return { name, shards, pids, url: `http://127.0.0.1:${api.line.port}` };
  };
  const server = resources.use(await startOwnRedis());
  const cluster = resources.use(await startCluster({ primaries: 2, replicas: 0 }));
  const own = [server.pid as number];
  const nodes = cluster.nodes.map(({ pid }) => pid);
  const variants = await Promise.all([
    start(1, 1, server.url, own),
    start(1, SHARDS, server.url, own),
    start(2, SHARDS, cluster.url, nodes),
  ]);

  const turns = new Map<Variant, Turn[]>();
  for (let round = -1; round < rounds; round += 1)
    for (const variant of variants) {
      const turn = await turnOf(variant, `round ${round}`, runs);
      if (round >= 0) turns.set(variant, [...(turns.get(variant) ?? []), turn]);
    }
  return {
    name: 'shards',
    title: 'Shards of the queue',
    notes: [
      `${runs} questions in one request to a model that does nothing, each a run of its own, through an API, the queue, one worker and Redis; ` +
        'the median of the turns, which the variants take one after the other. The time of Redis is user and system time of its processes from Linux, with ' +
        'heartbeats, polls and all else that goes on meanwhile.',
      'On two cores the runs a second are what API, worker and Redis together leave each other. What a server with a core of its own could do is one second ' +
        'over the time that the busiest server takes for a run: Redis runs scripts on one core.',
    ],
    peers: ['bullmq', 'ioredis'],
    tables: [costTable(variants, turns), spreadTable(keys)],
  };
}

async function turnOf({ url, pids }: Variant, label: string, runs: number): Promise<Turn> {
  const cpu = () => pids.map((pid) => cpuOf(pid).own);
  const before = cpu();
  const startedAt = performance.now();
  const lines = Array.from({ length: runs }, (_, at) =>
    JSON.stringify({ ms: 0, label: `${label}, ${at}` }),
  );
  const answer = await fetch(`${url}/models/sleep/many`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: lines.join('\n'),
  });
  const [last = ''] = (await answer.text()).trim().split('\n').slice(-1);
  const { done, computed } = JSON.parse(last);
  if (!done || computed !== runs) throw new Error(`the answer ends with ${last}`);
  const ms = performance.now() - startedAt;
  const us = cpu().map((after, at) => ((after - (before[at] ?? 0)) * 1000) / runs);
  const redisUs = us.reduce((sum, one) => sum + one, 0);
  return { perS: (runs * 1000) / ms, redisUs, busiestUs: Math.max(...us) };
}

function costTable(
  variants: readonly Variant[],
  turns: ReadonlyMap<Variant, readonly Turn[]>,
): Table {
  const first = turns.get(variants[0] as Variant) ?? [];
  const rows = variants.map((variant): Row => {
    const own = turns.get(variant) ?? [];
    const median = (of: (turn: Turn) => number) => quantile(own.map(of), 0.5);
    const ratios = own.map(({ redisUs }, at) => redisUs / (first[at]?.redisUs ?? 1));
    const busiestUs = median((turn) => turn.busiestUs);
    return {
      cells: [
        ...[variant.name, String(variant.shards), median(({ perS }) => perS).toFixed(0)],
        ...[median(({ redisUs }) => redisUs).toFixed(0), busiestUs.toFixed(0)],
        (1e6 / busiestUs).toFixed(0),
      ],
      ratio: quantile(ratios, 0.5),
    };
  });
  return {
    caption: 'A run that does nothing',
    columns: [
      ...['', 'shards', 'runs a second here', 'µs of Redis a run'],
      ...['of the busiest server', 'runs a second of which that is one core'],
    ],
    ratioOf: "µs of Redis, times one shard's",
    rows,
  };
}

function spreadTable(keys: number): Table {
  const rows = [2, SHARDS, 6].map((count): Row => {
    const shards = shardsOf('bench', count);
    const counts = new Map<number, number>();
    for (let at = 0; at < keys; at += 1) {
      const key = cacheKeyFor({ model: 'sleep', version: 1, input: { ms: 0, label: `${at}` } });
      const { index } = shards.ofKey(key);
      counts.set(index, (counts.get(index) ?? 0) + 1);
    }
    const all = [...counts.values()];
    const cells = [String(count), String(Math.min(...all)), String(Math.max(...all))];
    return { cells, ratio: (Math.max(...all) * count) / keys };
  });
  return {
    caption: `${keys} keys`,
    columns: ['shards', 'in the emptiest', 'in the fullest'],
    ratioOf: 'fullest, times an even share',
    rows,
  };
}
