/** A stage for the page: one API, one worker with two slots, a browser. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { type Answered, post } from '@deja/testing';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject } from 'vitest';
import { type ApiProcess, startApi, startWorker, temporaryDir } from '../processes.ts';
import { chromiumPath } from './chromium.ts';

const SLEEP = fileURLToPath(new URL('../../examples/sleep-model.ts', import.meta.url));
export const VIEWS = ['now', 'runs', 'series', 'cache', 'webhooks', 'try'] as const;

export interface Stage extends AsyncDisposable {
  readonly api: ApiProcess;
  ask(path: string, body: object, headers?: Record<string, string>): Promise<Answered>;
  /** Kills the API, and starts it again at the same port. */
  killApi(): Promise<void>;
  restartApi(): Promise<void>;
  /** A tab at an address of the page, such as `runs?state=open`. */
  open(address: string, options?: BrowserContextOptions): Promise<Page>;
  /** No request to another host, no report of the CSP, no error in a page since it was asked last. */
  expectClean(): void;
  readonly faults: readonly string[];
}

/** One stage for the tests of a file or a group, in their order: to start one takes seconds. */
export function useStage(env: Record<string, string> = {}): () => Stage {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage(env);
  });
  afterAll(() => stage[Symbol.asyncDispose]());
  return () => stage;
}

export async function openStage(env: Record<string, string> = {}): Promise<Stage> {
  const resources = new AsyncDisposableStack();
  const dir = resources.use(temporaryDir());
  const all = {
    REDIS_URL: inject('redisUrl'),
    REDIS_PREFIX: `t${randomUUID().slice(0, 8)}`,
    CACHE_DIR: dir.path,
    DEJA_MODELS: SLEEP,
    WORKER_CONCURRENCY: '2',
    ...env,
  };
  let api = await startApi(all);
  resources.defer(() => api[Symbol.asyncDispose]());
  resources.use(await startWorker(all));
  const { url } = api;
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    // As root there is no sandbox; /dev/shm is small in containers. Names under .test are this machine,
    // and to the browser they are not.
    args: [
      ...['--no-sandbox', '--disable-dev-shm-usage'],
      '--host-resolver-rules=MAP *.test 127.0.0.1',
    ],
  });
  resources.defer(() => browser.close());
  const faults: string[] = [];
  return {
    api,
    ask: (path, body, headers = { Prefer: 'wait=60' }) => post(`${url}${path}`, body, headers),
    async killApi() {
      await api.end('SIGKILL');
    },
    async restartApi() {
      api = await startApi({ ...all, PORT: new URL(url).port });
    },
    async open(address, options = {}) {
      const context = await browser.newContext({
        viewport: { width: 1280, height: 900 },
        ...options,
      });
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      page.on('pageerror', (error) => faults.push(`${error}`));
      page.on('console', (message) => {
        // That a request failed is no fault of the page; what it makes of it is tested.
        const isRequest = message.text().startsWith('Failed to load resource');
        if (message.type() === 'error' && !isRequest) faults.push(message.text());
      });
      page.on('request', (request) => {
        const asked = request.url();
        if (!asked.startsWith(url) && !asked.startsWith('data:')) faults.push(asked);
      });
      await page.goto(`${url}/ui/#/${address}`);
      return page;
    },
    expectClean: () => expect(faults.splice(0)).toEqual([]),
    faults,
    [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
  };
}

/** Makes figures for every view: hits, misses, runs that several jobs share, two series. */
export async function fill({ ask }: Stage): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1)
    for (let at = 0; at < 5; at += 1) await ask('/predict', { text: `a lovely day, number ${at}` });
  for (const [at, id] of ['shop-17', 'store-118.milk'].entries()) {
    const body = { model_id: id, data: daily(180 + 30 * at), periods: 14 };
    await Promise.all([ask('/forecast', body), ask('/forecast', body)]);
    await ask('/forecast', { ...body, data: daily(190 + 30 * at) });
  }
}

/** A daily series with a trend, a week and a little noise. */
export function daily(days: number): { ds: string; y: number }[] {
  return Array.from({ length: days }, (_, at) => ({
    ds: new Date(Date.UTC(2026, 0, 5) + at * 86_400_000).toISOString().slice(0, 10),
    y: 100 + at * 0.2 + 9 * Math.sin((2 * Math.PI * at) / 7) + 2 * Math.sin(at * 12.9898),
  }));
}
