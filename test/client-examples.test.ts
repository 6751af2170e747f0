/** Every example of a client, small, against a real API and worker. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Deja } from '@deja/client';
import { post } from '@deja/testing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { COMMAND, PATIENCE, ROOT, setUpCommand, start } from './client-stage.ts';
import { newSecret, webhookEnv } from './receiver.ts';

const secret = newSecret();
let t: Awaited<ReturnType<typeof setUpCommand>>;
beforeAll(async () => {
  t = await setUpCommand(webhookEnv(secret));
});
afterAll(async () => {
  await t[Symbol.asyncDispose]();
});

const example = (name: string, args: readonly string[] = [], env = {}) =>
  start(process.execPath, [`${ROOT}examples/${name}`, ...args], {
    env: { DEJA_URL: t.url, PORT: '0', ...env },
  });

/** The address that a server prints. */
async function listening({ heard }: ReturnType<typeof example>): Promise<string> {
  await vi.waitFor(() => expect(heard.stdout).toContain('listening on'), PATIENCE);
  return String(/http:\S+\//.exec(heard.stdout));
}

test('nightly.ts writes a forecast for each series, and the second time they are hits', async () => {
  const out = join(t.dir, 'forecasts.csv');

  const first = await example('nightly.ts', ['25', out]).ended;
  const second = await example('nightly.ts', ['25', out]).ended;

  expect(first).toMatchObject({ code: 0, stdout: '' });
  expect(first.stderr).toMatch(/^\n25 of 25 series in .*: 0 hits, 0 failed, [\d.]+ s\n$/);
  expect(second.stderr).toContain('25 hits, 0 failed');
  expect(readFileSync(out, 'utf8').trimEnd().split('\n')).toHaveLength(1 + 25 * 28);
});

test('express-middleware.ts adds the sentiment, and lets comments through without Deja', async () => {
  const app = example('express-middleware.ts');
  const away = example('express-middleware.ts', [], { DEJA_URL: 'http://127.0.0.1:9' });
  const [url, awayUrl] = [await listening(app), await listening(away)];
  // The first one may take longer than the middleware waits.
  await post(`${t.url}/predict`, { text: 'I love this' }, { Prefer: 'wait=30' });

  const known = await post(`${url}comments`, { text: 'I love this' });
  const refused = await post(`${url}comments`, { text: '' });
  const unknown = await post(`${awayUrl}comments`, { text: 'I love this' });
  for (const { child } of [app, away]) child.kill();

  expect(known).toMatchObject({ status: 201, body: { sentiment: { sentiment: 'positive' } } });
  expect(refused).toMatchObject({ status: 422, body: { errors: [{ path: '/text' }] } });
  expect(unknown).toMatchObject({ status: 201, body: { sentiment: 'not known yet' } });
});

test('webhook-receiver.ts prints what Deja sends', async () => {
  const receiver = example('webhook-receiver.ts', [], { WEBHOOK_SECRET: secret });
  const url = await listening(receiver);

  await post(`${t.url}/predict`, { text: 'I love webhooks', webhook: { url } });
  await vi.waitFor(() => expect(receiver.heard.stdout).toContain('job.completed 0-'), PATIENCE);
  receiver.child.kill();

  expect(receiver.heard.stdout).toContain('"sentiment": "positive"');
});

test('curl.sh shows the same with curl alone', async () => {
  const { code, stdout, stderr } = await start('sh', [`${ROOT}examples/curl.sh`], {
    env: { DEJA_URL: t.url },
  }).ended;

  expect(code, stderr).toBe(0);
  expect(stdout).toContain('X-Cache: HIT');
  expect(stdout).toMatch(/"forecast":\[\{"ds":"2026-04-01"/);
  expect(stdout).toMatch(/^# \{"done":true,"total":50,"hits":0,"computed":50,"failed":0/m);
  expect(stdout).toContain('"outcome":"miss"');
  expect(stdout).toContain('urn:deja:problem:input-refused');
  expect(stdout).toContain('"scope":"tag:model_id:sales"');
});

test('examples/many.csv is what make-series.ts writes, and the command takes it', async () => {
  const written = await example('make-series.ts', ['50']).ended;
  const path = `${ROOT}examples/many.csv`;

  const { code, stdout } = await t.deja(['forecast', path, '--many', '-p', '1']);

  expect(written.stdout).toBe(readFileSync(path, 'utf8'));
  expect(code).toBe(0);
  expect(stdout.trimEnd().split('\n')).toHaveLength(1 + 50);
});

test('the five tasks of docs/clients.md work in curl, TypeScript and the command', async () => {
  const cells = tasks();
  const deja = new Deja({ baseUrl: t.url });
  const sales = JSON.parse(readFileSync(`${ROOT}examples/sales.json`, 'utf8'));
  const scope = { deja, sales, series: [sales], console: { log() {} } };
  const script = `deja() { '${process.execPath}' '${COMMAND}' "$@"; }\n`;
  const options = { cwd: `${ROOT}examples`, env: { DEJA_URL: t.url } };

  expect(cells).toHaveLength(5);
  for (const [curl = '', typescript = '', , command = ''] of cells) {
    const lines = [curl.replace('curl', 'curl -sSf'), command];
    for (const line of lines) {
      const { code, stdout, stderr } = await start('bash', ['-c', script + line], options).ended;
      expect(code, `${line}: ${stderr}`).toBe(0);
      expect(stdout).not.toBe('');
    }
    const run = new Function(...Object.keys(scope), `return (async () => { ${typescript} })()`);
    await run(...Object.values(scope));
  }
});

const python = ['python3', '/usr/bin/python3'].find(
  (path) => spawnSync(path, ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']).status === 0,
);

// Without `site` there are no packages of the system, such as pandas, with which answers are DataFrames.
test.skipIf(python === undefined)(
  'the same tasks work in Python, with the standard library alone',
  async () => {
    const [first = '', ...others] = tasks().map(([, , code = '']) => code);
    const many = others.findIndex((code) => code.includes('forecast_many'));
    const lines = [first, ...others].map((code, at) =>
      at === many + 1 ? `df = [("a", df)]\nprint(len(list(${code})))` : `print(bool(${code}))`,
    );
    const program = `import deja, json
client = deja.Deja()
df = json.load(open("sales.json"))["data"]
${lines.join('\n')}
`;

    const { code, stdout, stderr } = await start(String(python), ['-S', '-c', program], {
      cwd: `${ROOT}examples`,
      env: { DEJA_URL: t.url, PYTHONPATH: `${ROOT}clients/python/src` },
    }).ended;

    expect(code, stderr).toBe(0);
    expect(stdout).toBe('True\nTrue\n1\nTrue\nTrue\n');
  },
);

/** The cells with code of each row: curl, TypeScript, Python, the command. */
function tasks(): string[][] {
  const page = readFileSync(`${ROOT}docs/clients.md`, 'utf8');
  const section = page.split(/^## /m).find((text) => text.startsWith('Five tasks')) ?? '';
  const rows = section.split('\n').filter((line) => /^\| .*\| `curl/.test(line));
  return rows.map((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, code]) => String(code)));
}
