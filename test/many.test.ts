/** Many questions in one request: what is answered, and what is refused. */
import { createConnection } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { CSV, days, type Line, NDJSON, ndjson, SLEEP, setUp, sleeps } from './many-stage.ts';

test('each question gets the answer that it would get alone, and the second time it is a HIT', async () => {
  await using t = await setUp();
  const questions = [1, 2, 3].map((at) => ({
    ...{ model_id: `m${at}`, data: days(30, 100 * at), periods: 3 },
  }));
  const alone = await t.send('/forecast', JSON.stringify(questions[0]), {
    ...{ 'Content-Type': 'application/json', Prefer: 'wait=60' },
  });
  const { cached: _, cache_hit: __, ...expected } = (await alone.json()) as object & Line['body'];

  const first = await t.many('/forecast/many', ndjson(questions));
  const second = await t.many('/forecast/many', ndjson(questions));

  expect(first.status).toBe(200);
  expect(first.end).toMatchObject({ done: true, total: 3, hits: 1, computed: 2, failed: 0 });
  expect(second.end).toMatchObject({ done: true, total: 3, hits: 3, computed: 0, failed: 0 });
  for (const [at, line] of second.lines.toSorted((a, b) => a.index - b.index).entries()) {
    const { model_id } = questions[at] as (typeof questions)[number];
    expect(line).toMatchObject({ index: at, model_id, status: 200, x_cache: 'HIT' });
    expect(line.body.model_id).toBe(model_id);
  }
  expect(second.lines.find(({ index }) => index === 0)?.body).toMatchObject(expected);
});

test('a bad question is a line with its problem, and empty lines are none', async () => {
  await using t = await setUp({ MAX_BODY_MB: '1' });
  const lines = [
    '{"text":"good"}',
    '',
    '{"text":',
    '[]',
    '{"text":"good","webhook":{"url":"https://a.example"}}',
    `{"text":"${'x'.repeat(1_100_000)}"}`,
    '{"text":"bad"}',
  ];

  const { lines: answers, end } = await t.many('/predict/many', lines.join('\r\n'));

  const seen = answers.toSorted((a, b) => a.index - b.index);
  expect(seen.map(({ status }) => status)).toEqual([200, 400, 422, 400, 413, 200]);
  expect(seen[1]?.body.type).toBe('urn:deja:problem:malformed-json');
  expect(end).toMatchObject({ done: true, total: 6, computed: 2, failed: 4 });
});

test('series come as CSV in long form, and the forecasts leave as CSV', async () => {
  await using t = await setUp();
  const rows = (id: string, level: number) =>
    days(30, level).map(({ ds, y }, at) => `${id},${ds},${at === 7 ? 'NA' : y}\n`);
  const body = [
    '\ufeffunique_id,ds,y\n',
    ...rows('a', 100),
    ...rows('"b, c"', 200),
    'bad,2024-01-01,many\nbad,2024-01-02,1\n',
    ...rows('a', 300),
  ].join('');

  const query = '?periods=2&freq=D&options=%7B%22interval_width%22%3A0.5%7D';
  const json = await t.many(`/forecast/many${query}`, body, { ...CSV, Accept: '*/*' });
  const csv = await t.send(`/forecast/many${query}`, body, { ...CSV, Accept: 'text/csv' });

  const seen = json.lines.toSorted((a, b) => a.index - b.index);
  expect(seen.map(({ model_id, status }) => [model_id, status])).toEqual([
    ['a', 200],
    ['b, c', 200],
    ['bad', 422],
    ['a', 422],
  ]);
  expect(seen[2]?.body.errors[0].path).toBe('/data/0/y');
  expect(seen[3]?.body.detail).toMatch(/sort by unique_id/);
  expect(csv.headers.get('content-type')).toMatch(/^text\/csv/);
  const [head, ...lines] = (await csv.text()).trimEnd().split('\n');
  expect(head).toBe('unique_id,ds,yhat,yhat_lower,yhat_upper');
  const { ds, yhat, yhat_lower, yhat_upper } = seen[1]?.body.forecast[0] ?? {};
  expect(lines).toContain(`"b, c",${ds},${yhat},${yhat_lower},${yhat_upper}`);
  expect(lines.filter((line) => !line.startsWith('#'))).toHaveLength(4);
  expect(lines.filter((line) => line.startsWith('# {"index"'))).toHaveLength(2);
  expect(lines.at(-1)).toMatch(/^# \{"done":true,"total":4,"hits":2,/);
});

test('what is wrong with the request itself is one problem, before any answer', async () => {
  await using t = await setUp({}, 0);
  const refused = async (path: string, headers: object, body = '{"text":"a"}\n') => {
    const res = await t.send(path, body, headers);
    return [res.status, ((await res.json()) as { type: string }).type.slice(17)];
  };

  expect(await refused('/predict/many', { ...NDJSON, Prefer: 'wait=5' })).toEqual([
    400,
    'malformed-request',
  ]);
  expect(await refused('/predict/many', { ...NDJSON, 'Idempotency-Key': 'k' })).toEqual([
    400,
    'malformed-request',
  ]);
  expect(await refused('/predict/many', CSV)).toEqual([415, 'unsupported-media-type']);
  expect(await refused('/forecast/many', { 'Content-Type': 'application/json' })).toEqual([
    415,
    'unsupported-media-type',
  ]);
  expect(await refused('/forecast/many?period=3', CSV)).toEqual([400, 'malformed-request']);
  expect(await refused('/forecast/many?options=[]', CSV)).toEqual([400, 'malformed-request']);
  expect(await refused('/models/none/many', NDJSON)).toEqual([404, 'not-found']);
});

test('what makes the rest unreadable ends the answer with its problem', async () => {
  await using t = await setUp({ BODY_IDLE_S: '1' });
  const unknown = await t.many('/forecast/many?periods=1', 'unique_id,ds,y,price\n', CSV);
  const ragged = await t.many('/forecast/many?periods=1', 'unique_id,ds,y\na,2024-01-01\n', CSV);
  const silent = createConnection({ port: Number(new URL(t.url).port), host: '127.0.0.1' });
  silent.write(
    'POST /predict/many HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n',
  );
  silent.write('Content-Length: 100\r\n\r\n{"text":"good"}\n');
  const text = (await silent.toArray()).join('');

  expect(unknown.end).toMatchObject({ done: false, problem: { detail: /price/ }, total: 0 });
  expect(ragged.end).toMatchObject({ done: false, problem: { status: 400 }, total: 0 });
  expect(text).toMatch(/"index":0,"status":200/);
  expect(text).toMatch(/"done":false,"problem":\{"type":"urn:deja:problem:request-timeout"/);
});

test('what it holds counts among the bodies of the process', async () => {
  await using t = await setUp({ MAX_BODIES_MB: '1' }, 0);

  const { lines, end } = await t.many('/predict/many', `{"text":"${'x'.repeat(1_500_000)}"}\n`);

  expect(lines).toEqual([]);
  expect(end).toMatchObject({ done: false, problem: { type: 'urn:deja:problem:overloaded' } });
});

test('a request may take longer than REQUEST_TIMEOUT_S, if its body goes on', async () => {
  await using t = await setUp({ REQUEST_TIMEOUT_S: '1' });
  const slow = createConnection({ port: Number(new URL(t.url).port), host: '127.0.0.1' });
  slow.write('POST /predict/many HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n');
  slow.write('Content-Type: application/x-ndjson\r\nContent-Length: 56\r\n\r\n');
  for (let at = 0; at < 4; at += 1) {
    slow.write('{"text":"ok"}\n');
    await delay(1000); // this is what is tested: a body that takes 4 s
  }

  const text = (await slow.toArray()).join('');

  expect(text).toMatch(/"done":true/);
});

test('a full queue is waited for', async () => {
  await using t = await setUp({ QUEUE_MAX: '3', DEJA_MODELS: SLEEP });

  const { end } = await t.many('/models/sleep/many', sleeps(20, 1));

  expect(end).toMatchObject({ done: true, total: 20, computed: 20, failed: 0 });
});

test('a process that stops says that the rest is to be sent again, and ends', async () => {
  await using t = await setUp({ DEJA_MODELS: SLEEP, MANY_WINDOW: '2' }, 0);
  const all = t.many('/models/sleep/many', sleeps(10, 1));
  await expect.poll(() => t.metric('deja_waiting_requests'), { timeout: 10_000 }).toBe(2);

  const how = t.api.end('SIGTERM');

  const { lines, end } = await all;
  expect(lines).toEqual([]);
  expect(end).toMatchObject({ done: false, problem: { detail: /send the rest/ }, total: 0 });
  expect(await how).toBe(0);
});

test('an interactive question does not wait behind many', async () => {
  await using t = await setUp({ DEJA_MODELS: SLEEP });
  const all = t.many('/models/sleep/many', sleeps(30, 200));
  await expect.poll(() => t.metric('deja_waiting_requests'), { timeout: 10_000 }).toBe(30);

  const res = await t.send('/models/sleep/run', '{"ms":1,"label":"now"}', {
    ...{ 'Content-Type': 'application/json', Prefer: 'wait=20' },
  });

  expect(res.status).toBe(200);
  expect(await t.metric('deja_waiting_requests')).toBeGreaterThan(20);
  await all;
});
