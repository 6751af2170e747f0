/** Three shards, end to end: real processes, whose every answer is that of one shard. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { call, post } from '@deja/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { jobOf, series } from './client.ts';
import { startApi, startWorker, temporaryDir } from './processes.ts';
import { newSecret, startReceiver, webhookEnv } from './receiver.ts';

const SHARDS = 3;
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const sleepModel = fileURLToPath(new URL('../examples/sleep-model.ts', import.meta.url));
const PATIENCE = { timeout: 30_000, interval: 20 };

async function open() {
  const resources = new AsyncDisposableStack();
  const dir = temporaryDir();
  resources.defer(() => dir[Symbol.dispose]());
  const secret = newSecret();
  const receiver = resources.use(await startReceiver(secret));
  const redis = new Redis(inject('redisUrl'));
  resources.defer(() => redis.disconnect());
  const env = {
    ...{ REDIS_URL: inject('redisUrl'), REDIS_PREFIX: `t${randomUUID().slice(0, 8)}` },
    ...{ CACHE_DIR: dir.path, QUEUE_SHARDS: String(SHARDS), DEJA_MODELS: sleepModel },
    ...webhookEnv(secret),
  };
  const [one, two] = [resources.use(await startApi(env)), resources.use(await startApi(env))];
  const workers = [resources.use(await startWorker(env)), resources.use(await startWorker(env))];
  return { env, receiver, redis, workers, url: one.url, other: two.url, resources };
}

let t: Awaited<ReturnType<typeof open>>;
beforeAll(async () => {
  t = await open();
});
afterAll(async () => await t?.resources.disposeAsync());

const WAIT = { Prefer: 'wait=60' };
const shardOf = (key: string): number => Number.parseInt(key.slice(0, 4), 16) % SHARDS;
const forecast = (model_id: string, more: object = {}) => ({
  ...{ model_id, data: series(60), periods: 3 },
  ...more,
});
/** Of each shard a question that nobody else asks. */
async function oneOfEach(name: string): Promise<{ id: string; key: string }[]> {
  const found: { id: string; key: string }[] = [];
  for (let n = 0; found.length < SHARDS; n += 1) {
    const id = `${name}-${n}`;
    const { body } = await post(`${t.url}/explain`, { model: 'forecast', input: forecast(id) });
    const key = body.cache_key as string;
    if (found.every((other) => shardOf(other.key) !== shardOf(key))) found.push({ id, key });
  }
  return found.sort((a, b) => shardOf(a.key) - shardOf(b.key));
}

test('a question of any shard is a miss, computed once, and then a hit in every process', async () => {
  for (const { id, key } of await oneOfEach('plain')) {
    const miss = await post(`${t.url}/forecast`, forecast(id));
    const job = await jobOf(t.other, miss.body.job_id);
    const hits = [
      await post(`${t.url}/forecast`, forecast(id)),
      await post(`${t.other}/forecast`, forecast(id)),
    ];

    expect(miss.body.job_id.split('-')[0]).toBe(String(shardOf(key)));
    expect(job).toMatchObject({ status: 'succeeded', cache_key: key });
    for (const hit of hits) {
      expect(hit.headers.get('x-cache')).toBe('HIT');
      expect(hit.body.forecast).toEqual(job.result.forecast);
    }
    const token = await t.redis.hget(`${t.env.REDIS_PREFIX}:f2:{d${shardOf(key)}}:meta`, 'log');
    expect(token).toMatch(/./);
  }
});

test('equal questions in all processes share a run, and who waits is told at its end', async () => {
  for (const { id } of await oneOfEach('shared')) {
    const answers = await Promise.all(
      [t.url, t.other, t.url, t.other].map((url) => post(`${url}/forecast`, forecast(id), WAIT)),
    );

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(
      answers.filter(({ headers }) =>
        /fwd=uri-miss; stored/.test(headers.get('cache-status') ?? ''),
      ),
    ).toHaveLength(1);
  }
});

test('a batch, a request with many questions and a cross-validation mix the shards', async () => {
  const ids = (await oneOfEach('mixed')).map(({ id }) => id);
  const batch = await post(
    `${t.url}/batch`,
    { model: 'forecast', inputs: ids.map((id) => forecast(id)) },
    WAIT,
  );
  const many = await fetch(`${t.other}/forecast/many`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-ndjson' },
    body: [...ids, 'more-1', 'more-2', 'more-3']
      .map((id) => JSON.stringify(forecast(id)))
      .join('\n'),
  });
  const lines = (await many.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

  expect(batch.body.items.map((item: { status: number }) => item.status)).toEqual([200, 200, 200]);
  expect(lines.at(-1)).toMatchObject({ done: true, total: 6, hits: 3, computed: 3, failed: 0 });
});

test('events of a job come from its shard', async () => {
  for (let n = 0, seen = new Set<string>(); seen.size < SHARDS; n += 1) {
    const miss = await post(`${t.url}/models/sleep/run`, { ms: 60, label: `events ${n}` });
    seen = seen.add(String(miss.body.job_id).split('-')[0] ?? '');
    const stream = await fetch(`${t.other}${miss.body.urls.events}`);
    const text = await stream.text();

    expect(text).toContain('event: status');
    expect(text.match(/event: done\n/g)).toHaveLength(1);
  }
});

test('webhooks of all shards arrive, once', async () => {
  const of = await oneOfEach('hook');
  const webhook = { url: `${t.receiver.url}/hook` };
  const jobs: string[] = [];
  for (const { id } of of)
    jobs.push((await post(`${t.url}/forecast`, forecast(id, { webhook }))).body.job_id);
  await Promise.all(jobs.map((job) => jobOf(t.url, job)));
  // A hit with a webhook is a job as well.
  for (const { id } of of)
    jobs.push((await post(`${t.url}/forecast`, forecast(id, { webhook }))).body.job_id);

  const idsOf = () => t.receiver.calls.map(({ id }) => id).sort();
  await expect.poll(idsOf, PATIENCE).toEqual(jobs.map((job) => `${job}-completed`).sort());
  for (const job of jobs) {
    const { body } = await call(`${t.other}/jobs/${job}/deliveries`);
    await expect
      .poll(async () => (await call(`${t.url}/jobs/${job}`)).body.webhook.status, PATIENCE)
      .toBe('delivered');
    const [delivery] = body.deliveries;
    const again = await post(
      `${t.url}/jobs/${job}/deliveries/${delivery.delivery_id}/redeliver`,
      {},
    );
    expect(again.status).toBe(202);
  }
  await expect.poll(() => t.receiver.calls.length, PATIENCE).toBe(2 * jobs.length);
  // A receiver has its call before the delivery is settled.
  await expect
    .poll(async () => (await call(`${t.url}/admin/receivers`)).body.receivers, PATIENCE)
    .toMatchObject([{ pending: 0, dead: 0 }]);
  const over = await call(`${t.url}/admin/deliveries?status=over&limit=4`);
  expect(over.body.deliveries).toHaveLength(4);
});

test('an Idempotency-Key is replayed, and a conflict for another question, across shards', async () => {
  const of = await oneOfEach('once');
  for (const { id } of of)
    for (let n = 0; n < 4; n += 1) {
      const headers = { 'Idempotency-Key': randomUUID(), 'Cache-Control': 'no-cache' };
      const first = await Promise.all(
        [t.url, t.other, t.url].map((url) => post(`${url}/forecast`, forecast(id), headers)),
      );
      const [job] = first.map(({ body }) => body.job_id);
      await jobOf(t.url, job);
      const again = await post(`${t.other}/forecast`, forecast(id), { ...headers, ...WAIT });
      const conflicts = await Promise.all(
        of
          .filter((other) => other.id !== id)
          .map((other) => post(`${t.url}/forecast`, forecast(other.id), headers)),
      );

      expect(new Set(first.map(({ body }) => body.job_id)).size).toBe(1);
      expect(again.body.job_id).toBe(job);
      for (const { status, body } of conflicts) {
        expect(status).toBe(422);
        expect(body.type).toBe('urn:deja:problem:idempotency-conflict');
      }
    }
});

test('an invalidation by key is of one shard, one by tag or of all is of every shard', async () => {
  const of = await oneOfEach('forget');
  const ask = async (id: string, seq?: unknown) => {
    const more = seq === undefined ? {} : { 'X-Cache-Min-Seq': JSON.stringify(seq) };
    const { headers } = await post(`${t.other}/forecast`, forecast(id), { ...WAIT, ...more });
    return headers.get('x-cache');
  };
  for (const { id } of of) await ask(id);
  const [first, second, third] = of as [(typeof of)[0], (typeof of)[0], (typeof of)[0]];

  const byKey = await call(`${t.url}/cache/${first.key}`, { method: 'DELETE' });
  expect(Object.keys(byKey.body.seq)).toEqual(['0']);
  expect(await ask(first.id, byKey.body.seq)).toBe('MISS');
  expect([await ask(second.id, byKey.body.seq), await ask(third.id)]).toEqual(['HIT', 'HIT']);

  const byTag = await post(`${t.url}/invalidate-cache/${second.id}`, {});
  expect(Object.keys(byTag.body.seq)).toEqual(['0', '1', '2']);
  expect(await ask(second.id, byTag.body.seq)).toBe('MISS');
  expect([await ask(first.id, byTag.body.seq), await ask(third.id)]).toEqual(['HIT', 'HIT']);

  const all = await call(`${t.url}/cache`, { method: 'DELETE' });
  for (const { id } of of) expect(await ask(id, all.body.seq)).toBe('MISS');

  const ahead = { ...all.body.seq, 2: all.body.seq[2] + 100 };
  const refused = await post(`${t.url}/forecast`, forecast(first.id), {
    'X-Cache-Min-Seq': JSON.stringify(ahead),
  });
  expect(refused.status).toBe(503);
  for (const malformed of ['{}', '{"0":"1"}', '{"0":1', '{"x":1}', '[1]', '-1']) {
    const { status } = await post(`${t.url}/forecast`, forecast(first.id), {
      'X-Cache-Min-Seq': malformed,
    });
    expect(status).toBe(400);
  }
});

test('lists and figures are of all shards, and show each worker once', async () => {
  const of = await oneOfEach('listed');
  for (const { id } of of) await post(`${t.url}/forecast`, forecast(id), WAIT);
  const read = async (path: string) => (await call(`${t.url}${path}`)).body;

  const runs: { run: string; cache_key: string }[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(`/admin/runs?limit=7${cursor ? `&cursor=${cursor}` : ''}`);
    runs.push(...page.runs);
    cursor = page.next_cursor;
  } while (cursor);
  expect(runs.map(({ run }) => run)).toEqual(
    [...new Set(runs.map(({ run }) => run))].sort().reverse(),
  );
  for (const { key } of of) {
    const run = runs.find(({ cache_key }) => cache_key === key);
    expect(await read(`/admin/runs/${run?.run}`)).toMatchObject({
      cache_key: key,
      state: 'succeeded',
    });
  }
  expect((await read('/admin/workers')).workers).toHaveLength(t.workers.length);
  expect((await read('/scale')).slots).toBe(t.workers.length);
  const seriesIds = async () =>
    (await read('/admin/series?order=recent&limit=200')).series.map(
      ({ model_id }: { model_id: string }) => model_id,
    );
  // A series is noted after its answer.
  const ids = of.map(({ id }) => id);
  await expect.poll(seriesIds, PATIENCE).toEqual(expect.arrayContaining(ids));
  for (const { id } of of) {
    expect((await read(`/admin/series/${id}`)).decisions).toHaveLength(1);
    expect((await read(`/forecast/models/${id}`)).models.length).toBeGreaterThan(0);
  }
  await expect
    .poll(() => read('/admin/overview'), PATIENCE)
    .toMatchObject({
      workers: t.workers.length,
      runs: { open: 0, ended_last_hour: runs.length },
    });
  const stats = await read('/cache/stats');
  expect(stats.tiers.redis.size).toBeGreaterThan(0);
  const { body } = await post(`${t.url}/explain`, {
    model: 'forecast',
    input: { ...forecast(of[1]?.id ?? ''), periods: 4 },
  });
  expect(body).toMatchObject({ outcome: 'miss', reason: 'options_changed' });
});

test('a run of any shard can be canceled, by its client and by an operator', async () => {
  for (let n = 0, seen = new Set<string>(); seen.size < SHARDS; n += 1) {
    const [mine, theirs] = await Promise.all(
      [1, 2].map((which) =>
        post(`${t.url}/models/sleep/run`, { ms: 60_000, label: `cancel ${n} ${which}` }),
      ),
    );
    seen = seen.add(String(mine?.body.job_id).split('-')[0] ?? '');
    const gone = await call(`${t.other}/jobs/${mine?.body.job_id}`, { method: 'DELETE' });
    const { runs } = (await call(`${t.url}/admin/runs?state=open`)).body;
    const run = runs.find(
      ({ cache_key }: { cache_key: string }) => cache_key === theirs?.body.cache_key,
    );
    const canceled = await post(`${t.other}/admin/runs/${run.run}/cancel`, {});

    expect(gone.body.status).toBe('canceled');
    expect(canceled.body).toMatchObject({ state: 'canceled', jobs_canceled: 1 });
  }
});

test('a process with another number of shards ends, with one line that says what to do', async () => {
  for (const name of ['api', 'worker']) {
    const env = { ...t.env, PATH: process.env.PATH, QUEUE_SHARDS: '2', PORT: '0' };
    const child = spawn(process.execPath, [`apps/${name}/dist/main.js`], { cwd: ROOT, env });
    const lines: string[] = [];
    child.stdout.on('data', (chunk) => lines.push(String(chunk)));
    const [code] = await once(child, 'exit');

    expect(code).toBe(1);
    expect(lines.join('')).toMatch(
      /QUEUE_SHARDS is 2, but this installation has 3: set QUEUE_SHARDS=3/,
    );
    expect(lines.join('')).not.toContain('listening');
  }
});

test('the number is changed between a stop and a start: what was promised is kept, and nothing stale served', async () => {
  using dir = temporaryDir();
  let isWell = false;
  const secret = newSecret();
  await using receiver = await startReceiver(secret, (res) =>
    res.writeHead(isWell ? 204 : 503).end(),
  );
  const env = {
    ...{ REDIS_URL: inject('redisUrl'), REDIS_PREFIX: `t${randomUUID().slice(0, 8)}` },
    ...{ CACHE_DIR: dir.path, DEJA_MODELS: sleepModel },
    ...{ WEBHOOK_SCHEDULE_S: '0,3,3,3,3,3,3,3,3,3,3,3', ...webhookEnv(secret) },
  };
  const start = async (count: number) => {
    const own = { ...env, QUEUE_SHARDS: String(count) };
    const [api, worker] = [await startApi(own), await startWorker(own)];
    const stop = async () => {
      expect(await api.end('SIGTERM')).toBe(0);
      expect(await worker.end('SIGTERM')).toBe(0);
    };
    return { url: api.url, stop };
  };
  const change = async (count: number) => {
    const shell = { ...env, PATH: process.env.PATH };
    const child = spawn(process.execPath, ['apps/worker/dist/shards.js', String(count)], {
      ...{ cwd: ROOT, env: shell, stdio: ['ignore', 'pipe', 'pipe'] },
    });
    const said: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk) => said.push(String(chunk)));
    const [code] = await once(child, 'exit');
    return { code, said: said.join('') };
  };
  const ask = async (url: string, id: string) =>
    await post(`${url}/forecast`, forecast(id), { ...WAIT, 'Idempotency-Key': `once-${id}` });

  const three = await start(3);
  const webhook = { url: `${receiver.url}/hook` };
  const asked = [];
  for (let n = 0; n < 12; n += 1) {
    const id = `moved-${n}`;
    const headers = { 'Idempotency-Key': `once-${id}` };
    const { body } = await post(`${three.url}/forecast`, forecast(id, { webhook }), headers);
    asked.push({ id, job: body.job_id as string, key: body.cache_key as string });
    await jobOf(three.url, body.job_id);
  }
  expect((await change(2)).said).toMatch(/workers run \(\d+\): stop all/);
  await three.stop();
  expect(await change(2)).toEqual({ code: 0, said: 'start all processes with QUEUE_SHARDS=2\n' });

  const two = await start(2);
  isWell = true;
  for (const { id, job, key } of asked) {
    const found = await call(`${two.url}/jobs/${job}`);
    expect(found.body).toMatchObject({ status: 'succeeded', result: { model_id: id } });
    const place = Number.parseInt(key.slice(0, 4), 16);
    const again = await post(`${two.url}/forecast`, forecast(id), WAIT);
    expect(again.headers.get('x-cache')).toBe(place % 3 === place % 2 ? 'HIT' : 'MISS');
    expect(again.body.forecast).toEqual(found.body.result.forecast);
  }
  const [first, ...others] = asked;
  expect((await ask(two.url, first?.id ?? '')).status).toBe(422); // with a webhook it was another question
  // Those of the shard that went as well.
  const arrived = () => new Set(receiver.calls.map(({ id }) => id)).size;
  await expect.poll(arrived, PATIENCE).toBe(asked.length);
  const statusOf = async (job: string) =>
    (await call(`${two.url}/jobs/${job}`)).body.webhook.status;
  for (const { job } of asked) await expect.poll(() => statusOf(job), PATIENCE).toBe('delivered');

  // What is invalidated now lies in logs that the old number does not ask.
  for (const { key } of others) await call(`${two.url}/cache/${key}`, { method: 'DELETE' });
  await two.stop();
  expect((await change(3)).code).toBe(0);
  const again = await start(3);
  for (const { id } of others) {
    const { headers } = await post(`${again.url}/forecast`, forecast(id), WAIT);
    expect(headers.get('x-cache')).toBe('MISS');
  }
  await again.stop();
}, 240_000);
