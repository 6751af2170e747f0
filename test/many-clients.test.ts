/** Many questions in one request: clients of every kind, those that leave, and a worker that dies. */
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { days, type Line, NDJSON, ndjson, SLEEP, setUp, sleeps } from './many-stage.ts';
import { temporaryDir } from './processes.ts';

const run = promisify(execFile);
const lacks = (program: string) => spawnSync(program, ['--version']).status !== 0;

/** More answers than the buffers between two processes hold: each repeats its 3,650 periods. */
const LONG = JSON.stringify({ model_id: 'm', data: days(20, 100), periods: 3650 });
const QUESTIONS = 100;
/** And, with spaces, more questions. */
const PADDED = `${LONG.padEnd(100_000)}\n`.repeat(QUESTIONS);

const PYTHON = `
import http.client, sys
client = http.client.HTTPConnection(sys.argv[1])
body = open(sys.argv[2], 'rb').read()
client.request('POST', '/forecast/many', body, {'Content-Type': 'application/x-ndjson'})
sys.stdout.buffer.write(client.getresponse().read())
`;

function expectAll(text: string): void {
  const lines = text.trimEnd().split('\n');
  const seen = lines.slice(0, -1).map((line) => /^\{"index":(\d+),.*"status":200/.exec(line)?.[1]);
  expect(new Set(seen)).toEqual(new Set(Array.from({ length: QUESTIONS }, (_, at) => String(at))));
  expect(lines).toHaveLength(QUESTIONS + 1);
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ done: true, total: QUESTIONS, failed: 0 });
}

test.each([
  [
    'curl',
    ['-sS', '--fail', '-H', 'Content-Type: application/x-ndjson', '--data-binary', '@BODY', 'URL'],
  ],
  ['python3', ['-c', PYTHON, 'HOST', 'BODY']],
])(
  '%s gets every answer, however late it reads',
  async (program, args) => {
    if (lacks(program)) return;
    using dir = temporaryDir();
    await using t = await setUp();
    const path = join(dir.path, 'body');
    writeFileSync(path, PADDED);
    const { host } = new URL(t.url);
    const given = args.map((arg) =>
      arg.replace('BODY', path).replace('HOST', host).replace(/^URL$/, `${t.url}/forecast/many`),
    );

    const { stdout } = await run(program, given, { maxBuffer: 200_000_000 });

    expectAll(stdout);
  },
  60_000,
);

test('fetch gets every answer', async () => {
  await using t = await setUp();

  const res = await t.send('/forecast/many', PADDED);

  expectAll(await res.text());
});

/** Sends half of the questions and reads nothing until answers wait in a file. */
async function sendHalf(t: Awaited<ReturnType<typeof setUp>>, spool: string): Promise<Socket> {
  const socket = createConnection({ port: Number(new URL(t.url).port), host: '127.0.0.1' });
  socket.pause();
  socket.write('POST /forecast/many HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n');
  const size = (LONG.length + 1) * QUESTIONS;
  socket.write(`Content-Type: application/x-ndjson\r\nContent-Length: ${size}\r\n\r\n`);
  socket.write(`${LONG}\n`.repeat(QUESTIONS / 2));
  await expect.poll(() => readdirSync(spool), { timeout: 30_000 }).toHaveLength(1);
  return socket;
}

test('a client that sends everything before it reads gets every answer', async () => {
  using spool = temporaryDir();
  await using t = await setUp({ TMPDIR: spool.path });
  const socket = await sendHalf(t, spool.path);
  const rest = `${LONG}\n`.repeat(QUESTIONS / 2);
  await new Promise<void>((resolve) => socket.write(rest, () => resolve()));

  const text = (await socket.toArray()).join('');

  expect(text.match(/"status":200/g)).toHaveLength(QUESTIONS);
  expect(text).toMatch(/"done":true,"total":100,/);
  await expect.poll(() => readdirSync(spool.path)).toHaveLength(0);
});

test('a client that goes away before it has read everything leaves no file behind', async () => {
  using spool = temporaryDir();
  await using t = await setUp({ TMPDIR: spool.path });
  const files = () => openFiles(Number(t.api.child.pid));
  const before = files();
  const socket = await sendHalf(t, spool.path);

  socket.resetAndDestroy();

  await expect.poll(() => readdirSync(spool.path), { timeout: 10_000 }).toEqual([]);
  await expect.poll(files, { timeout: 10_000 }).toEqual(before);
  expect(await t.metric('deja_waiting_requests')).toBe(0);
});

/** What files a process holds open, but for sockets and the like; nothing where there is no /proc. */
function openFiles(pid: number): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      const path = `/proc/${pid}/fdinfo/${fd}`;
      return /^pos:\t[1-9]/m.test(readFileSync(path, 'utf8')) ? [fd] : [];
    } catch {
      return [];
    }
  });
}

test('a client that goes away leaves nothing behind', async () => {
  await using t = await setUp({ DEJA_MODELS: SLEEP });
  const gone = new AbortController();
  const res = await fetch(`${t.url}/models/sleep/many`, {
    ...{ method: 'POST', headers: NDJSON, body: sleeps(200, 3000), signal: gone.signal },
  });
  await expect.poll(() => t.metric('deja_waiting_requests'), { timeout: 10_000 }).toBe(200);

  gone.abort();
  await res.text().catch(() => undefined);

  await expect.poll(() => t.metric('deja_waiting_requests'), { timeout: 10_000 }).toBe(0);
  const waiting = 'deja_queue_depth{lane="bulk"}';
  await expect.poll(() => t.metric(waiting), { timeout: 10_000 }).toBe(0);
});

/** Calls `onLine` for each line as it arrives. */
async function linesOf(res: Response, onLine: (count: number) => void): Promise<string[]> {
  const lines: string[] = [];
  let rest = '';
  for await (const chunk of (res.body ?? expect.fail()).pipeThrough(new TextDecoderStream())) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) onLine(lines.push(line));
  }
  return lines;
}

const KINDS = [
  {
    kind: 'long ones',
    path: '/models/sleep/many',
    count: 60,
    killedAt: 10,
    question: (at: number) => ({ ms: 50 + at }),
    answered: (at: number) => ({ output: { slept_ms: 50 + at } }),
  },
  {
    kind: 'small ones, of which a slot holds several',
    path: '/forecast/many',
    count: 400,
    killedAt: 40,
    question: (at: number) => ({ model_id: `s${at}`, data: days(60, 10 * at), periods: 2 }),
    answered: (at: number) => ({ model_id: `s${at}`, model: { points: 60 } }),
  },
];

test.each(KINDS)(
  'a worker that is killed in the middle loses nothing: $kind',
  async ({ path, count, killedAt, question, answered }) => {
    await using t = await setUp({ DEJA_MODELS: SLEEP }, 2);
    const victim = t.workers[0]?.child ?? expect.fail();
    const dead = once(victim, 'exit');
    const all = Array.from({ length: count }, (_, at) => at);
    const res = await t.send(path, ndjson(all.map((at) => question(at))));

    const lines = await linesOf(res, (at) => at === killedAt && victim.kill('SIGKILL'));

    await dead;
    const end = JSON.parse(lines.pop() ?? '');
    expect(end).toMatchObject({ done: true, total: count, computed: count, failed: 0 });
    const answers = lines.map((line) => JSON.parse(line) as Line);
    answers.sort((a, b) => a.index - b.index);
    expect(answers.map(({ index }) => index)).toEqual(all);
    for (const { index, status, body } of answers)
      expect({ status, ...body }).toMatchObject({ status: 200, ...answered(index) });
  },
  90_000,
);
