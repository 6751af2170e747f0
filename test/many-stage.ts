/** Many questions in one request: real processes, a real Redis, real forecasts. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { startApi, startWorker, temporaryDir } from './processes.ts';

export const SLEEP = fileURLToPath(new URL('../examples/sleep-model.ts', import.meta.url));
export const NDJSON = { 'Content-Type': 'application/x-ndjson' };
export const CSV = { 'Content-Type': 'text/csv' };

export interface Line {
  readonly index: number;
  readonly model_id?: string;
  readonly status: number;
  readonly x_cache?: string;
  // biome-ignore lint/suspicious/noExplicitAny: what came over the wire is for the test to judge
  readonly body: any;
}

export async function setUp(env: Record<string, string> = {}, workers = 1) {
  const dir = temporaryDir();
  const REDIS_PREFIX = `t${randomUUID().slice(0, 8)}`;
  const all = { REDIS_URL: inject('redisUrl'), REDIS_PREFIX, CACHE_DIR: dir.path, ...env };
  const api = await startApi(all);
  const start = () => startWorker(all);
  const started = await Promise.all(Array.from({ length: workers }, start));
  const send = async (path: string, body: string, headers: object = NDJSON) =>
    await fetch(`${api.url}${path}`, { method: 'POST', body, headers: { ...headers } });
  return {
    ...{ api, url: api.url, workers: started, send },
    async many(path: string, body: string, headers: object = NDJSON) {
      const res = await send(path, body, headers);
      const text = await res.text();
      const lines = text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      const end = lines.pop();
      return { status: res.status, lines: lines as Line[], end };
    },
    async metric(name: string): Promise<number> {
      const text = await (await fetch(`${api.url}/metrics`)).text();
      const row = text.split('\n').find((line) => line.startsWith(`${name} `));
      return Number(row?.split(' ')[1]);
    },
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]();
      await Promise.all(started.map((worker) => worker[Symbol.asyncDispose]()));
      dir[Symbol.dispose]();
    },
  };
}

export function days(count: number, level: number) {
  return Array.from({ length: count }, (_, at) => ({
    ds: new Date(Date.UTC(2024, 0, 1) + at * 86_400_000).toISOString().slice(0, 10),
    y: level + at + 3 * Math.sin(at),
  }));
}

export const ndjson = (questions: readonly unknown[]) =>
  questions.map((question) => `${JSON.stringify(question)}\n`).join('');

export const sleeps = (count: number, ms: number, from = 0) =>
  ndjson(Array.from({ length: count }, (_, at) => ({ ms, label: `${from + at}` })));
