/** What people ask is in no log. What a model throws is: its author decides what it says of an input. */
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { post } from '@deja/testing';
import { expect, inject, test } from 'vitest';
import { modelPath, startApi, startWorker, temporaryDir } from './processes.ts';
import { newSecret, startReceiver, webhookEnv } from './receiver.ts';

const SECRET = 'xyzzy';
const SERIES = Array.from({ length: 40 }, (_, at) => ({
  ds: new Date(Date.UTC(2026, 0, 1 + at)).toISOString().slice(0, 10),
  y: 271_828.5 + at,
}));

test('nothing of an input is in a log, at any level', async () => {
  using dir = temporaryDir();
  const secret = newSecret();
  await using receiver = await startReceiver(secret);
  const env = {
    ...webhookEnv(secret),
    REDIS_URL: inject('redisUrl'),
    REDIS_PREFIX: 'quiet',
    CACHE_DIR: dir.path,
    LOG_LEVEL: 'trace',
    DEJA_MODELS: modelPath('unlucky.ts'),
  };
  await using api = await startApi(env);
  await using worker = await startWorker(env);
  const lines: string[] = [];
  for (const { stdout } of [api.child, worker.child] as ChildProcess[])
    createInterface(stdout as NodeJS.ReadableStream).on('line', (line) => lines.push(line));
  const ask = async (path: string, body: unknown, headers = {}) =>
    (await post(`${api.url}${path}`, body as object, { Prefer: 'wait=30', ...headers })).status;
  const forecast = { model_id: 'shop', data: SERIES, periods: 3 };

  const statuses = [
    await ask('/predict', { text: `a lovely ${SECRET}`, webhook: { url: receiver.url } }),
    await ask('/predict', { text: `a lovely ${SECRET}` }),
    await ask('/predict', { text: 7, [SECRET]: SECRET }),
    await ask('/predict', `{"text": "${SECRET}`),
    await ask('/forecast', forecast),
    await ask('/forecast', { ...forecast, data: [...SERIES, { ds: SECRET, y: SECRET }] }),
    await ask('/models/unlucky/run', { text: SECRET, dies: false }),
    await ask('/models/unlucky/run', { text: SECRET, dies: true }),
    await ask('/explain', { model: 'forecast', input: { ...forecast, data: SERIES.slice(1) } }),
    await ask('/batch', { model: 'sentiment', inputs: [{ text: SECRET }, { text: [SECRET] }] }),
    await ask('/models/sentiment/run', { text: SECRET }, { 'Idempotency-Key': SECRET }),
  ];
  const many = await fetch(`${api.url}/forecast/many`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-ndjson' },
    body: `${JSON.stringify({ ...forecast, periods: 4 })}\n{"${SECRET}\n`,
  });
  expect((await many.text()).split('\n')).toHaveLength(4);
  await api.end('SIGTERM');
  await worker.end('SIGTERM');

  expect(statuses).toEqual([200, 200, 422, 400, 200, 422, 500, 500, 200, 200, 200]);
  expect(lines.filter((line) => line.includes('slot ended'))).not.toEqual([]);
  expect(lines.filter((line) => /xyzzy|27182\d/i.test(line))).toEqual([]);
});
