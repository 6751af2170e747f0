/** What a HIT costs, beside the least that a server in Node can do and beside caches written by hand. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startOwnRedis } from '@deja/local-redis';
import { post } from '@deja/testing';
import { load, type Measured, type Target } from './http/load.ts';
import { plotBars } from './http/plot.ts';
import type { Stored } from './http/server.ts';
import type { Report, Table } from './report.ts';
import { quantile } from './rounds.ts';
import { type App, startApp } from './scaling/app.ts';

export interface HttpEffort {
  readonly rounds: number;
  /** How long each variant is asked in a round. Unit: ms. */
  readonly ms: number;
}

const CONNECTIONS = 32;
const PEERS = {
  raw: 'raw node:http, a constant answer',
  headers: 'raw node:http, headers of a HIT',
  express: 'Express by hand',
  fastify: 'Fastify by hand',
  bentocache: 'Express and bentocache',
};

interface Question {
  readonly caption: string;
  readonly path: string;
  readonly body: object;
}

const QUESTIONS: readonly Question[] = [
  {
    caption: 'A text',
    path: '/predict',
    body: { text: 'The parcel came late, but all of it was there.' },
  },
  { caption: 'A series of 1,000 points', path: '/forecast', body: seriesOf(1000) },
  { caption: 'A series of 3,000 points', path: '/forecast', body: seriesOf(3000) },
];

export async function benchHttp(effort: HttpEffort): Promise<Report> {
  await using resources = new AsyncDisposableStack();
  const redis = resources.use(await startOwnRedis());
  const dir = mkdtempSync(join(tmpdir(), 'deja-bench-'));
  resources.defer(() => rmSync(dir, { recursive: true, force: true }));
  const env = { REDIS_URL: redis.url, CACHE_DIR: dir, DRAIN_S: '0' };
  const api = resources.use(await startApp('api', { PORT: '0', ...env }, 'api listening'));
  const answers = await computed(api, env);
  const tables: Table[] = [];
  for (const [at, question] of QUESTIONS.entries())
    tables.push(await compared(api, question, answers[at] as string, effort));
  return {
    name: 'http',
    title: 'What a HIT costs',
    notes: [
      `${CONNECTIONS} kept connections, each with one question on the way, asked from another process as fast as ` +
        'they are answered. The raw server reads the question and answers with bytes that lie ready: no server in ' +
        'Node does less. A HIT has ten headers where that has two: the second raw server sends as many. Its peers look the answer up by the SHA-256 of the parsed question, in a map of their ' +
        "own or in bentocache's memory store. All send the same answer. The servers take turns; a ratio is the " +
        'median of the ratios to the raw server in the same round, of the CPU time that a request takes.',
    ],
    peers: ['express', 'fastify', 'bentocache'],
    tables: [...tables, await scaled(env, effort)],
    figure: plotBars(
      "CPU of a raw server's request over that of each server's",
      tables.map(({ caption, rows }) => ({
        name: caption,
        bars: rows.map(({ cells, ratio }) => ({ name: String(cells[0]), share: ratio })),
      })),
    ),
  };
}

/** A week's and a year's rhythm, as a shop sees them. */
function seriesOf(points: number): object {
  const data = Array.from({ length: points }, (_, day) => ({
    ds: new Date(Date.UTC(2015, 0, 1 + day)).toISOString().slice(0, 10),
    y:
      Math.round(1e4 + 2000 * Math.sin((day * 2 * Math.PI) / 7) + 10 * day + ((day * 7919) % 997)) /
      100,
  }));
  return { model_id: `shop-${points}`, data, periods: 30 };
}

/** Lets a worker compute the answers once. Resolves to what every server is to answer with. */
async function computed(api: App, env: Readonly<Record<string, string>>): Promise<string[]> {
  await using _worker = await startApp('worker', env, 'worker ready');
  const answers: string[] = [];
  for (const { path, body } of QUESTIONS) {
    const url = `http://127.0.0.1:${api.line.port}${path}`;
    const { status } = await post(url, body, { Prefer: 'wait=60' });
    if (status !== 200) throw new Error(`${path} was answered ${status}`);
    const hit = await post(url, body);
    answers.push(JSON.stringify(hit.body));
  }
  return answers;
}

async function compared(
  api: App,
  { caption, path, body }: Question,
  answer: string,
  { rounds, ms }: HttpEffort,
): Promise<Table> {
  await using resources = new AsyncDisposableStack();
  const targets: Target[] = [];
  for (const [variant, name] of Object.entries(PEERS)) {
    const peer = resources.use(await startPeer(variant, { answer }));
    targets.push({ name, ...peer, request: requestOf('/ask', body) });
  }
  const port = Number(api.line.port);
  targets.splice(1, 0, { name: 'Deja', port, pid: api.pid, request: requestOf(path, body) });
  const measured = new Map(targets.map((target) => [target, [] as Measured[]]));
  for (let round = -1; round < rounds; round += 1)
    for (const [target, all] of measured) {
      const found = await load(target, { connections: CONNECTIONS, ms });
      if (round >= 0) all.push(found); // the one before warms up
    }
  const first = measured.get(targets[0] as Target) as Measured[];
  return {
    caption,
    columns: [
      '',
      'µs of CPU a request',
      'requests a second',
      'p50 ms',
      'p99 ms',
      "p99, times raw's",
    ],
    ratioOf: "raw's CPU over its own",
    rows: [...measured].map(([{ name }, all]) => {
      const middle = (pick: (one: Measured, at: number) => number) => quantile(all.map(pick), 0.5);
      return {
        cells: [
          name,
          middle(({ cpuUs }) => cpuUs).toFixed(1),
          middle(({ perS }) => perS).toFixed(0),
          middle(({ p50Ms }) => p50Ms).toFixed(2),
          middle(({ p99Ms }) => p99Ms).toFixed(2),
          middle(({ p99Ms }, at) => p99Ms / (first[at] as Measured).p99Ms).toFixed(2),
        ],
        ratio: middle(({ cpuUs }, at) => (first[at] as Measured).cpuUs / cpuUs),
      };
    }),
  };
}

/** One and two API processes at a port, asked for the same. */
async function scaled(
  env: Readonly<Record<string, string>>,
  { rounds, ms }: HttpEffort,
): Promise<Table> {
  await using resources = new AsyncDisposableStack();
  const { path, body } = QUESTIONS[0] as Question;
  const found: { readonly target: Target; readonly perS: number[] }[] = [];
  for (const processes of ['1', '2']) {
    const more = { PORT: '0', API_PROCESSES: processes };
    const api = resources.use(await startApp('api', { ...env, ...more }, 'api listening'));
    const port = Number(api.line.port);
    const target = { name: processes, port, pid: api.pid, request: requestOf(path, body) };
    found.push({ target, perS: [] });
  }
  for (let round = -1; round < rounds; round += 1)
    for (const { target, perS } of found) {
      const measured = await load(target, { connections: CONNECTIONS, ms });
      if (round >= 0) perS.push(measured.perS);
    }
  const first = found[0]?.perS ?? [];
  return {
    caption: 'Processes at one port (`API_PROCESSES`), a text',
    columns: ['processes', 'requests a second'],
    ratioOf: 'times one process',
    rows: found.map(({ target, perS }) => ({
      cells: [target.name, quantile(perS, 0.5).toFixed(0)],
      ratio: quantile(
        perS.map((each, at) => each / (first[at] as number)),
        0.5,
      ),
    })),
  };
}

function requestOf(path: string, body: object): Buffer {
  const text = JSON.stringify(body);
  const fields = ['Host: localhost', 'Content-Type: application/json'];
  const length = `Content-Length: ${Buffer.byteLength(text)}`;
  return Buffer.from([`POST ${path} HTTP/1.1`, ...fields, length, '', text].join('\r\n'));
}

async function startPeer(variant: string, stored: Stored) {
  const file = fileURLToPath(new URL('./http/server.ts', import.meta.url));
  const child = fork(file, [variant], { execArgv: ['--conditions=development'] });
  const exited = once(child, 'exit');
  child.send(stored);
  const [{ port }] = await once(child, 'message');
  return {
    ...{ port: Number(port), pid: child.pid as number },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
