/** Runs examples/webhook-receiver.ts as a user would, before anything is built. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { sign, WebhookSender } from '../src/index.ts';
import { SECRET } from './receiver.ts';

const RECEIVER = new URL('../../../examples/webhook-receiver.ts', import.meta.url).pathname;
const OTHER = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const POLICY = { allowHttp: true, allowedHosts: ['127.0.0.1'] };
const BODY = JSON.stringify({ type: 'job.completed', data: { job_id: '0-A', text: 'größer' } });

async function runReceiver(secret: string) {
  const child = spawn(process.execPath, ['--conditions=development', RECEIVER], {
    env: { ...process.env, PORT: '0', WEBHOOK_SECRET: secret },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const heard = { out: '', err: '' };
  child.stdout.on('data', (text) => {
    heard.out += text;
  });
  child.stderr.on('data', (text) => {
    heard.err += text;
  });
  const [line] = await once(createInterface(child.stdout), 'line');
  return {
    heard,
    url: String(/http:\S+/.exec(String(line))),
    async [Symbol.asyncDispose]() {
      child.kill();
      await once(child, 'exit');
    },
  };
}

test('the example receiver prints what Deja sends, once it has verified it', async () => {
  await using receiver = await runReceiver(SECRET);
  const secrets = [OTHER, SECRET];
  await using sender = new WebhookSender({ policy: POLICY, secrets });
  const attempt = { id: 'msg_1', url: receiver.url, body: BODY };

  expect(await sender.send({ ...attempt, attempt: 1 })).toMatchObject({ statusCode: 204 });
  expect(await sender.send({ ...attempt, attempt: 2 })).toMatchObject({ statusCode: 204 });

  await expect.poll(() => receiver.heard.out).toContain('job.completed (again) msg_1');
  expect(receiver.heard.out).toContain('job.completed msg_1\n{\n  "job_id": "0-A"');
  expect(receiver.heard.out).toContain('größer');
});

test('it refuses what Deja has not signed, or not now', async () => {
  await using receiver = await runReceiver(SECRET);
  const signed = (timestamp: number, secret: string) =>
    sign({ id: 'msg_1', timestamp, body: BODY, secrets: [secret] });
  const now = Date.now();
  const calls: readonly [Record<string, string>, string][] = [
    [{}, BODY],
    [signed(now, OTHER), BODY],
    [signed(now, SECRET), BODY.replace('completed', 'failed')],
    [{ ...signed(now, SECRET), 'webhook-id': 'msg_2' }, BODY],
    [{ ...signed(now, SECRET), 'webhook-signature': 'v1,' }, BODY],
    [signed(now - 360_000, SECRET), BODY],
    [signed(now + 360_000, SECRET), BODY],
    [{ ...signed(now, SECRET), 'webhook-timestamp': 'now' }, BODY],
  ];

  const statuses = await Promise.all(
    calls.map(async ([headers, body]) => {
      const { status } = await fetch(receiver.url, { method: 'POST', headers, body });
      return status;
    }),
  );

  expect(statuses).toEqual(calls.map(() => 401));
  expect(receiver.heard.out).not.toContain('msg_');
  await expect.poll(() => receiver.heard.err.match(/^refused: /gm)?.length).toBe(calls.length);
});

test('it takes a body up to a bound', async () => {
  await using receiver = await runReceiver(SECRET);
  const body = 'x'.repeat(2 * 1024 * 1024);

  const { status } = await fetch(receiver.url, { method: 'POST', body });

  expect(status).toBe(413);
});

test('without a secret it does not start', async () => {
  const env = { ...process.env, PORT: '0', WEBHOOK_SECRET: '' };
  const child = spawn(process.execPath, ['--conditions=development', RECEIVER], {
    env,
    stdio: 'ignore',
  });
  expect(await once(child, 'exit')).toEqual([1, null]);
});
