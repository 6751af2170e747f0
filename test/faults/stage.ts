/**
 * What a fault test plays on: a queue Redis of its own, API and worker processes that come and go, a
 * history of what the clients saw, and the end of every test: all jobs ended, all promises kept,
 * nothing left open.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RedisServer, startOwnRedis } from '@deja/local-redis';
import { openRedisConnections, type RedisConnections } from '@deja/redis';
import { createRandom } from '@deja/testing';
import type { Cluster, Redis } from 'ioredis';
import { expect, onTestFailed } from 'vitest';
import {
  type ApiProcess,
  type AppProcess,
  startApi,
  startWorker,
  temporaryDir,
} from '../processes.ts';
import { Client } from './client.ts';
import { History, type Promises, violations } from './history.ts';
import { leftovers } from './leftovers.ts';
import { namesOf } from './names.ts';

/** Bounds that hold for every test, a killed worker's run (15 to 20 s) included. */
export const PROMISES: Promises = { endsWithinMs: 60_000, answersWithinMs: 5000 };

/** For what must come on a machine that is as busy as it may be. */
const PATIENCE_MS = 60_000;

type Env = Readonly<Record<string, string>>;
type SetOptions = StageOptions & Required<Pick<StageOptions, 'env' | 'redisArgs'>>;

export interface StageOptions {
  readonly apis?: number;
  readonly workers?: number;
  readonly env?: Env;
  readonly redisArgs?: readonly string[];
  /** Of a Redis that is already there, in any form. Default: the stage starts one. */
  readonly redisUrl?: string;
  /** The address that the processes use for the queue Redis, e.g. of a proxy. Default: its own. */
  readonly via?: (url: string) => Promise<string>;
  /** The test's own look at Redis goes that way, too: for a server that moves. Default: false. */
  readonly looksVia?: boolean;
  /** Default: the run's, `FAULTS_SEED`, or 1. */
  readonly seed?: number;
}

const modelPath = (name: string) => new URL(`./${name}-model.ts`, import.meta.url).pathname;

export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const { apis = 1, workers = 1 } = options;
  const stage = await Stage.open(options);
  try {
    await Promise.all([
      ...Array.from({ length: apis }, () => stage.addApi()),
      ...Array.from({ length: workers }, () => stage.addWorker()),
    ]);
    return stage;
  } catch (error) {
    await stage[Symbol.asyncDispose]();
    throw error;
  }
}

export class Stage implements AsyncDisposable {
  readonly history = new History();
  readonly random;
  readonly namespace = `f${randomUUID().slice(0, 8)}`;
  readonly names = namesOf(this.namespace);
  readonly apis: ApiProcess[] = [];
  readonly workers: AppProcess[] = [];
  readonly env: Env;
  /** For the test's own look into the queue Redis; survives its restarts. */
  readonly redis: Redis | Cluster;
  /** The queue Redis now, unless it was there before. */
  server: RedisServer;
  readonly #owned = new AsyncDisposableStack();
  readonly #connections: RedisConnections;
  readonly #dir: string;
  readonly #redisArgs: readonly string[];
  readonly #over = new AbortController();
  readonly #asking = new Set<Promise<void>>();

  static async open(options: StageOptions): Promise<Stage> {
    const { env = {}, redisArgs = [], redisUrl, via, looksVia } = options;
    const dir = temporaryDir();
    const server =
      redisUrl === undefined
        ? await startOwnRedis({
            dir: join(dir.path, 'redis'),
            appendOnly: true,
            args: redisArgs,
          })
        : existing(redisUrl);
    const url = via ? await via(server.url) : server.url;
    const lookUrl = looksVia ? url : server.url;
    const all = { ...options, redisArgs, env: { ...env, REDIS_URL: url } };
    const stage = new Stage(dir, server, lookUrl, all);
    await stage.#listen();
    return stage;
  }

  private constructor(
    dir: ReturnType<typeof temporaryDir>,
    server: RedisServer,
    lookUrl: string,
    { redisArgs, env, seed = Number(process.env.FAULTS_SEED ?? 1) }: SetOptions,
  ) {
    this.#owned.use(dir);
    this.#dir = dir.path;
    this.server = server;
    this.#redisArgs = redisArgs;
    this.#owned.defer(() => this.server.stop());
    this.random = createRandom(seed);
    this.#connections = this.#owned.use(
      openRedisConnections({
        ...{ url: lookUrl, role: 'queue', probeKeys: [`${this.names.prefix}none`] },
        log: { warn: () => {}, info: () => {} }, // it is killed on purpose
      }),
    );
    this.redis = this.#connections.connect('worker');
    this.env = {
      REDIS_PREFIX: this.namespace,
      CACHE_DIR: join(dir.path, 'cache'),
      DEJA_MODELS: ['tally', 'poison'].map(modelPath).join(','),
      TALLY_FILE: join(dir.path, 'computed'),
      SLOT_ENV: 'TALLY_*',
      WORKER_CONCURRENCY: '2',
      ...env,
    };
    onTestFailed(() => {
      console.error(`seed ${seed}, history: ${this.history.save()}`);
    });
  }

  async addApi(env: Env = {}): Promise<ApiProcess> {
    const api = this.#owned.use(await startApi({ ...this.env, ...env }));
    this.apis.push(api);
    return api;
  }

  async addWorker(env: Env = {}): Promise<AppProcess> {
    const worker = this.#owned.use(await startWorker({ ...this.env, ...env }));
    this.workers.push(worker);
    return worker;
  }

  /** Ends one process; clients ask it no more from here on. */
  async end(app: AppProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<number | string> {
    this.fault(`${signal} ${app.child.pid}`);
    for (const list of [this.apis, this.workers] as AppProcess[][])
      if (list.includes(app)) list.splice(list.indexOf(app), 1);
    return await app.end(signal);
  }

  /** Kills the queue Redis as a power cut would, and starts it again on what it had written. */
  async killRedis(): Promise<void> {
    this.fault('SIGKILL redis');
    process.kill(Number(this.server.pid), 'SIGKILL');
    await this.server.stop();
  }

  async startRedis(): Promise<void> {
    const port = Number(new URL(this.server.url).port);
    const dir = join(this.#dir, 'redis');
    this.server = await startOwnRedis({ dir, appendOnly: true, port, args: this.#redisArgs });
  }

  fault(what: string): void {
    this.history.add({ type: 'fault', what });
  }

  /** A client that goes to any API process that lives. */
  client(headers: Readonly<Record<string, string>> = {}): Client {
    const { history, random } = this;
    const api = () => (this.apis.length === 0 ? 'http://127.0.0.1:9' : random.pick(this.apis).url);
    return new Client({ history, api, headers, signal: this.#over.signal });
  }

  /** Lets a request go on beside the test; `expectPromisesKept` waits for it. */
  ask(input: Parameters<Client['ask']>[0], headers = {}): Promise<void> {
    const asking = this.client(headers)
      .ask(input)
      .catch((error) => {
        if (!this.#over.signal.aborted) throw error;
      });
    this.#asking.add(asking);
    return asking.finally(() => this.#asking.delete(asking));
  }

  /** So many clients that ask, follow to the end and ask the next, until `stop`, which waits. */
  load(clients: number, input: (n: number) => Parameters<Client['ask']>[0]): Load {
    let stopped = false;
    let n = 0;
    const loops = Array.from({ length: clients }, async () => {
      while (!stopped) await this.ask(input(n++));
    });
    return {
      get asked() {
        return n;
      },
      async stop() {
        stopped = true;
        await Promise.all(loops);
      },
    };
  }

  /** Resolves when so many more jobs have ended. */
  async moreEnd(jobs: number): Promise<void> {
    const before = this.history.all('ended').length;
    await expect
      .poll(() => this.history.all('ended').length, { timeout: PATIENCE_MS, interval: 20 })
      .toBeGreaterThanOrEqual(before + jobs);
  }

  /** Resolves when so many computations have begun. */
  async untilComputing(runs: number): Promise<void> {
    await expect.poll(() => this.computations().length, { timeout: PATIENCE_MS }).toBe(runs);
  }

  /** Lines of the models' file: what was really begun to be computed. */
  computations(): string[] {
    const path = this.env.TALLY_FILE ?? '';
    return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  }

  /** Waits for every request under way; then all promises must be kept and nothing be left open. */
  async expectPromisesKept(promises: Partial<Promises> = {}): Promise<void> {
    const kept = { ...PROMISES, ...promises };
    const timer = setTimeout(() => this.#over.abort(), kept.endsWithinMs + 10_000);
    await Promise.all(this.#asking);
    clearTimeout(timer);
    await expect
      .poll(() => leftovers(this.redis, this.names), { timeout: 45_000, interval: 200 })
      .toEqual([]);
    await this.#learnRuns();
    expect(violations(this.history, kept)).toEqual([]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#owned[Symbol.asyncDispose]();
  }

  /** Hears every end of a run from Redis itself: a run that ends twice says so twice. */
  async #listen(): Promise<void> {
    const subscriber = this.#connections.connect('subscriber');
    subscriber.on('message', (_channel, message: string) => {
      const [what, run = '', state = ''] = message.split(' ');
      if (what === 'run' && state !== 'begun' && state !== 'progress')
        this.history.add({ type: 'closed', run, state });
    });
    await subscriber.subscribe(this.names.notifier);
  }

  async #learnRuns(): Promise<void> {
    for (const [index, event] of this.history.events.entries()) {
      if (event.type !== 'ended') continue;
      const run = await this.redis.hget(`${this.names.prefix}j:${event.job}`, 'run');
      if (run) this.history.events[index] = { ...event, run };
    }
  }
}

/** A server that the stage neither started nor stops. */
function existing(url: string): RedisServer {
  const stop = async () => {};
  return { url, source: 'env', pid: undefined, stop, [Symbol.asyncDispose]: stop };
}

export interface Load {
  /** Requests so far. */
  readonly asked: number;
  stop(): Promise<void>;
}
