/** Traces end to end: real processes, and a collector that reads what they export. */
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { call, post } from '@deja/testing';
import { expect, inject, test } from 'vitest';
import { startCollector } from './collector.ts';
import { type AppProcess, modelPath, startApi, startWorker, temporaryDir } from './processes.ts';
import { newSecret, startReceiver, webhookEnv } from './receiver.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const CALLER_ID = 'b7ad6b7169203331';
const traceparent = `00-${TRACE_ID}-${CALLER_ID}-01`;
const off = `00-${TRACE_ID}-${CALLER_ID}-00`;
const RUN = '/models/sleep/run';
const PATIENCE = { timeout: 60_000, interval: 20 };

const envOf = (dir: string, collector: string) => ({
  ...{ REDIS_URL: inject('redisUrl'), REDIS_PREFIX: `t${randomUUID().slice(0, 8)}` },
  ...{ CACHE_DIR: dir, TRACE_HIT_RATIO: '0', OTEL_EXPORTER_OTLP_ENDPOINT: collector },
  DEJA_MODELS: [modelPath('loop.ts'), modelPath('../../examples/sleep-model.ts')].join(),
});

function linesOf({ child }: AppProcess): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  createInterface(child.stdout as NodeJS.ReadableStream).on('line', (text) =>
    lines.push(JSON.parse(text)),
  );
  return lines;
}

test('requests that share a run have traces of their own, and the run is linked to each', async () => {
  using dir = temporaryDir();
  const secret = newSecret();
  await using receiver = await startReceiver(secret);
  await using collector = await startCollector();
  const env = { ...envOf(dir.path, collector.url), ...webhookEnv(secret) };
  await using api = await startApi(env);
  const ask = (more: object, headers = {}) =>
    post(`${api.url}${RUN}`, { ms: 50, ...more }, { ...headers });

  const called = await ask({ webhook: { url: `${receiver.url}/?token=t` } }, { traceparent });
  const second = await ask({});
  const third = ask({}, { Prefer: 'wait=60' });
  const runs = async () => (await call(`${api.url}/admin/runs`)).body.runs[0]?.job_count;
  await expect.poll(runs, PATIENCE).toBe(3);
  await using worker = await startWorker(env);
  const answered = await third;
  await expect.poll(() => receiver.calls.length, PATIENCE).toBe(1);
  await ask({}); // the entry comes to memory by the way of Express
  const hits = [await ask({}), await ask({}, { traceparent }), await ask({}, { traceparent: off })];
  expect([await worker.end('SIGTERM'), await api.end('SIGTERM')]).toEqual([0, 0]);

  const requests = collector.named('POST /models/:name/run');
  const joins = collector.named('deja.join');
  const [run, ...others] = collector.named('deja.run');
  const [delivery] = collector.named('deja.webhook.deliver');
  const children = collector.spans.filter(({ parentId }) => parentId === run?.spanId);
  expect(requests).toHaveLength(5); // of the hits in memory, only the one that its client samples
  expect(collector.named('GET /readyz')).toEqual([]);
  expect(others).toEqual([]);
  expect(run).toMatchObject({ service: 'deja-worker', kind: 'consumer', parentId: '' });
  expect(run?.attributes).toMatchObject({ 'deja.model': 'sleep', 'deja.run.outcome': 'answered' });
  const contextsOf = (spans: readonly { traceId: string; spanId: string }[]) =>
    spans.map(({ traceId, spanId }) => `${traceId} ${spanId}`).sort();
  expect(contextsOf(run?.links ?? [])).toEqual(contextsOf(joins));
  expect(joins).toHaveLength(3);
  expect(new Set(joins.map(({ traceId }) => traceId)).size).toBe(3);
  expect(children.map(({ name }) => name).sort()).toEqual([
    ...['deja.entry.write', 'deja.finalise', 'deja.slot.compute'],
  ]);

  const [first, hit] = requests.filter(({ traceId }) => traceId === TRACE_ID);
  expect(first).toMatchObject({ kind: 'server', parentId: CALLER_ID, service: 'deja-api' });
  expect(first?.attributes).toMatchObject({
    ...{ 'http.request.method': 'POST', 'http.response.status_code': 202, 'url.path': RUN },
    ...{ 'deja.cache.outcome': 'MISS', 'deja.cache.key': answered.headers.get('x-cache-key') },
    ...{ 'deja.job.id': called.body.job_id, 'deja.run.id': run?.attributes['deja.run.id'] },
  });
  const ofSecond = requests.find((it) => it.attributes['deja.job.id'] === second.body.job_id);
  expect(ofSecond).toMatchObject({ parentId: '' });
  for (const { parentId } of joins)
    expect(requests.map(({ spanId }) => spanId)).toContain(parentId);
  const waited = requests.find((it) => it.attributes['http.response.status_code'] === 200);
  expect(waited?.tookMs).toBeGreaterThan(50);

  const tiers = hits.map(({ headers }) => headers.get('x-cache-tier'));
  expect(tiers).toEqual(['memory', 'memory', 'memory']);
  expect(hit?.attributes).toMatchObject({
    'deja.cache.outcome': 'HIT',
    'deja.cache.tier': 'memory',
  });
  expect(hit?.parentId).toBe(CALLER_ID);

  expect(delivery).toMatchObject({ kind: 'client', traceId: TRACE_ID, parentId: first?.spanId });
  expect(contextsOf(delivery?.links ?? [])).toEqual(contextsOf(run ? [run] : []));
  expect(delivery?.attributes['url.full']).not.toContain('token');
  expect(receiver.calls[0]?.headers.traceparent).toBe(`00-${TRACE_ID}-${delivery?.spanId}-01`);
});

test('a run that fails says why, and the log leads to its trace', async () => {
  using dir = temporaryDir();
  await using collector = await startCollector();
  const env = envOf(dir.path, collector.url);
  await using api = await startApi(env);
  await using worker = await startWorker(env);
  const lines = linesOf(worker);

  const { status } = await post(`${api.url}/models/loop/run`, {}, { Prefer: 'wait=60' });
  expect([await worker.end('SIGTERM'), await api.end('SIGTERM')]).toEqual([0, 0]);

  const [run] = collector.named('deja.run');
  const [compute] = collector.named('deja.slot.compute');
  const [request] = collector.named('POST /models/:name/run');
  expect(run).toMatchObject({ failed: true });
  expect(run?.attributes).toMatchObject({
    ...{ 'deja.run.outcome': 'failed', 'error.type': 'MODEL_TIMED_OUT' },
  });
  expect(compute).toMatchObject({ failed: true, events: ['exception'] });
  expect(request).toMatchObject({ failed: status >= 500 });
  const line = lines.find(({ msg }) => msg === 'run failed');
  expect(line).toMatchObject({ trace_id: run?.traceId, span_id: run?.spanId });
});

test('a collector that is away costs one line in the log, and no answer', async () => {
  using dir = temporaryDir();
  const gone = await startCollector();
  await gone[Symbol.asyncDispose]();
  const env = { ...envOf(dir.path, gone.url), OTEL_EXPORTER_OTLP_TIMEOUT: '200' };
  await using api = await startApi(env);
  const lines = linesOf(api);
  const lost = () => lines.filter(({ msg }) => String(msg).startsWith('traces are lost'));

  const first = await post(`${api.url}${RUN}`, { ms: 1 });
  await expect.poll(lost, PATIENCE).toHaveLength(1);
  const second = await post(`${api.url}${RUN}`, { ms: 2 });
  const ended = await api.end('SIGTERM');

  expect([first.status, second.status, ended]).toEqual([202, 202, 0]);
  expect(lost()).toHaveLength(1);
});
