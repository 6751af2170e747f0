import { getEventListeners, once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { WebhookSender, type WebhookSenderOptions } from '../src/index.ts';
import { type ReceiverOptions, SECRET, startReceiver } from './receiver.ts';
import { watchNetwork } from './watch-network.ts';

const POLICY = { allowHttp: true, allowedHosts: ['127.0.0.1'] };
const ATTEMPT = { id: 'msg_1', body: '{"type":"job.completed"}', attempt: 1 };

async function setUp(options: ReceiverOptions & Partial<WebhookSenderOptions> = {}) {
  const receiver = await startReceiver(options);
  const sender = new WebhookSender({ policy: POLICY, secrets: [SECRET], ...options });
  const url = `http://127.0.0.1:${receiver.port}/hook?key=1`;
  return {
    receiver,
    sender,
    send: (more: Partial<Parameters<WebhookSender['send']>[0]> = {}) =>
      sender.send({ ...ATTEMPT, url, ...more }),
    async [Symbol.asyncDispose]() {
      await sender.close();
      await receiver[Symbol.asyncDispose]();
    },
  };
}

/** A server of bare TCP: what it says is not bound to be HTTP. */
async function startBareReceiver(onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}/`,
    sockets,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

describe('what a receiver gets', () => {
  test('is a signed POST of the body as it is', async () => {
    await using t = await setUp();
    const body = '{"text":"größer"}';

    expect(await t.send({ body })).toEqual({ kind: 'delivered', statusCode: 204 });

    const [got] = t.receiver.received;
    expect(got).toMatchObject({ method: 'POST', url: '/hook?key=1', body });
    expect(got?.headers).toMatchObject({
      host: `127.0.0.1:${t.receiver.port}`,
      'content-type': 'application/json',
      'content-length': '19',
      'user-agent': `Deja/${manifest.version}`,
      'webhook-id': 'msg_1',
      'webhook-attempt': '1',
    });
    const headers = got?.headers as Record<string, string>;
    expect(new Webhook(SECRET).verify(body, headers)).toEqual({ text: 'größer' });
  });

  test('has the same id at every attempt, and the time of the attempt', async () => {
    const clock = { now: 1_700_000_000_000 };
    await using t = await setUp({ now: () => clock.now });

    await t.send();
    clock.now += 300_000;
    await t.send({ attempt: 2 });

    const told = t.receiver.received.map(({ headers }) => [
      headers['webhook-id'],
      headers['webhook-timestamp'],
      headers['webhook-attempt'],
    ]);
    expect(told).toEqual([
      ['msg_1', '1700000000', '1'],
      ['msg_1', '1700000300', '2'],
    ]);
  });

  test('continues the trace, if there is one', async () => {
    await using t = await setUp();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

    for (const given of [traceparent, undefined, 'x', `${traceparent}\r\nx-evil: 1`]) {
      await t.send({ traceparent: given });
    }

    const told = t.receiver.received.map(({ headers }) => headers.traceparent);
    expect(told).toEqual([traceparent, undefined, undefined, undefined]);
    expect(t.receiver.received.some(({ headers }) => 'x-evil' in headers)).toBe(false);
  });
});

describe('what comes of an answer', () => {
  test.each([200, 201, 202, 204, 299])('%d: delivered', async (statusCode) => {
    await using t = await setUp({ answer: (_req, res) => res.writeHead(statusCode).end() });
    expect(await t.send()).toEqual({ kind: 'delivered', statusCode });
  });

  test('410: the endpoint is gone', async () => {
    await using t = await setUp({ answer: (_req, res) => res.writeHead(410).end() });
    expect(await t.send()).toEqual({ kind: 'endpointGone', statusCode: 410 });
  });

  test.each([400, 401, 404, 429, 500, 503])('%d: failed', async (statusCode) => {
    await using t = await setUp({ answer: (_req, res) => res.writeHead(statusCode).end() });
    expect(await t.send()).toEqual({ kind: 'failed', reason: 'status', statusCode });
  });

  test.each([301, 302, 303, 304, 307, 308])(
    'redirects are not followed: %d',
    async (statusCode) => {
      await using elsewhere = await startReceiver();
      const location = `http://127.0.0.1:${elsewhere.port}/`;
      await using t = await setUp({
        answer: (_req, res) => res.writeHead(statusCode, { location }).end(),
      });

      expect(await t.send()).toEqual({ kind: 'failed', reason: 'redirect', statusCode });

      expect(elsewhere.connections).toBe(0);
      expect(t.receiver.received).toHaveLength(1);
    },
  );

  test.each([
    [429, '120', 120_000],
    [503, 'Tue, 14 Nov 2023 22:14:20 GMT', 60_000],
    [500, '999999999', 86_400_000],
    [503, 'soon', undefined],
  ])('%d with Retry-After %s: %s ms', async (statusCode, value, retryAfterMs) => {
    await using t = await setUp({
      now: () => 1_700_000_000_000,
      answer: (_req, res) => res.writeHead(statusCode, { 'retry-after': value }).end(),
    });

    const outcome = await t.send();

    expect(outcome).toMatchObject({ kind: 'failed', statusCode });
    expect('retryAfterMs' in outcome ? outcome.retryAfterMs : undefined).toBe(retryAfterMs);
  });

  test('nothing of it is kept but status and Retry-After', async () => {
    await using t = await setUp({
      answer: (_req, res) => res.writeHead(500, 'secret', { 'x-secret': 'secret' }).end('secret'),
    });

    expect(JSON.stringify(await t.send())).toBe(
      '{"kind":"failed","reason":"status","statusCode":500}',
    );
  });
});

describe('answers that do not end', () => {
  test('10 MB: delivered, and no more than 64 KB and a buffer’s worth is taken', async () => {
    const written = Promise.withResolvers<number>();
    await using t = await setUp({
      answer(_req, res) {
        const { socket } = res;
        res.writeHead(200, { 'content-length': 10 * 1024 * 1024 });
        const chunk = Buffer.alloc(64 * 1024);
        const more = () => {
          while (!res.destroyed && res.write(chunk));
        };
        res.on('drain', more);
        socket?.on('close', () => written.resolve(socket.bytesWritten));
        more();
      },
    });

    expect(await t.send()).toEqual({ kind: 'delivered', statusCode: 200 });

    // What the kernels' buffers hold was written too; unread, they fill at a few MB.
    expect(await written.promise).toBeLessThan(9 * 1024 * 1024);
  });

  test('a byte now and then after the status: delivered, and the connection is cut', async () => {
    const closed = Promise.withResolvers<void>();
    await using t = await setUp({
      timeoutMs: 600_000,
      answer(_req, res) {
        res.writeHead(200).write('.');
        const timer = setInterval(() => res.write('.'), 100);
        res.on('close', () => {
          clearInterval(timer);
          closed.resolve();
        });
      },
    });

    expect(await t.send()).toEqual({ kind: 'delivered', statusCode: 200 });
    await closed.promise;
  });

  test('a body that breaks off: the status counts', async () => {
    await using t = await setUp({
      answer(_req, res) {
        res.writeHead(200, { 'content-length': 100 });
        res.write('x', () => res.socket?.resetAndDestroy());
      },
    });

    expect(await t.send()).toEqual({ kind: 'delivered', statusCode: 200 });
  });
});

describe('an attempt ends within timeoutMs, whatever the receiver does:', () => {
  test('hangs', async () => {
    await using t = await setUp({ timeoutMs: 200, answer: () => {} });
    expect(await t.send()).toEqual({ kind: 'failed', reason: 'timeout' });
    expect(t.receiver.received).toHaveLength(1);
  });

  test('says nothing at all, not even that it read', async () => {
    await using receiver = await startBareReceiver((socket) => socket.pause());
    await using sender = new WebhookSender({ policy: POLICY, secrets: [SECRET], timeoutMs: 200 });
    const body = 'x'.repeat(20 * 1024 * 1024);

    const outcome = await sender.send({ ...ATTEMPT, url: receiver.url, body });

    expect(outcome).toEqual({ kind: 'failed', reason: 'timeout' });
  });

  test('sends its answer’s head a byte at a time', async () => {
    await using receiver = await startBareReceiver((socket) => {
      const head = 'HTTP/1.1 200 OK\r\nx: '[Symbol.iterator]();
      const timer = setInterval(() => socket.write(head.next().value ?? 'x'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    await using sender = new WebhookSender({ policy: POLICY, secrets: [SECRET], timeoutMs: 1000 });

    const outcome = await sender.send({ ...ATTEMPT, url: receiver.url });

    expect(outcome).toEqual({ kind: 'failed', reason: 'timeout' });
  });

  test('sends 100 Continue for ever', async () => {
    await using receiver = await startBareReceiver((socket) => {
      const timer = setInterval(() => socket.write('HTTP/1.1 100 Continue\r\n\r\n'), 20);
      socket.on('close', () => clearInterval(timer));
    });
    await using sender = new WebhookSender({ policy: POLICY, secrets: [SECRET], timeoutMs: 500 });

    const outcome = await sender.send({ ...ATTEMPT, url: receiver.url });

    expect(outcome).toEqual({ kind: 'failed', reason: 'timeout' });
  });

  test('its name server is silent, and the resolver deaf to the signal', async () => {
    const resolve = () => new Promise<never>(() => {});
    await using t = await setUp({ timeoutMs: 200, resolve });
    const outcome = await t.send({ url: 'http://example.com/' });
    expect(outcome).toEqual({ kind: 'failed', reason: 'timeout' });
  });
});

describe('no answer', () => {
  test.each<[string, (socket: Socket) => void]>([
    ['accepts and drops', (socket) => socket.destroy()],
    ['resets', (socket) => socket.resetAndDestroy()],
    ['hangs up when it has read', (socket) => socket.once('data', () => socket.end())],
    ['speaks something else', (socket) => socket.write('220 mail.example ESMTP\r\n')],
    ['sends a head without end', (socket) => socket.write(`HTTP/1.1 200 ${'x'.repeat(100_000)}`)],
    [
      'wants another protocol',
      (socket) =>
        socket.write(
          'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
        ),
    ],
  ])('%s: connection', async (_what, onConnection) => {
    await using receiver = await startBareReceiver(onConnection);
    await using sender = new WebhookSender({ policy: POLICY, secrets: [SECRET] });

    const outcome = await sender.send({ ...ATTEMPT, url: receiver.url });

    expect(outcome).toEqual({ kind: 'failed', reason: 'connection' });
  });

  test('nobody listens: connection', async () => {
    const { url } = await startBareReceiver(() => {}).then(async (receiver) => {
      await receiver[Symbol.asyncDispose]();
      return receiver;
    });
    await using sender = new WebhookSender({ policy: POLICY, secrets: [SECRET] });

    expect(await sender.send({ ...ATTEMPT, url })).toEqual({
      kind: 'failed',
      reason: 'connection',
    });
  });
});

describe('leaving', () => {
  test('an aborted attempt ends at once, and says nothing about the receiver', async () => {
    const heard = Promise.withResolvers<void>();
    await using t = await setUp({ answer: () => heard.resolve() });
    const stop = new AbortController();
    const outcome = t.send({ signal: stop.signal });
    await heard.promise;

    stop.abort();

    expect(await outcome).toEqual({ kind: 'failed', reason: 'aborted' });
  });

  test('with a signal that is aborted already nothing is opened', async () => {
    await using t = await setUp();
    using network = watchNetwork();
    const aborted = { kind: 'failed', reason: 'aborted' };

    for (const url of [`http://127.0.0.1:${t.receiver.port}/`, 'http://name.invalid/']) {
      expect(await t.send({ url, signal: AbortSignal.abort() })).toEqual(aborted);
    }

    expect(network).toMatchObject({ connects: 0, systemLookups: 0, queries: 0 });
  });

  test('an attempt that is over leaves no timer and no listener', async () => {
    await using t = await setUp({ timeoutMs: 600_000 });
    const stop = new AbortController();
    await t.send();
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout');
    const before = timers().length;

    for (let i = 0; i < 20; i += 1) await t.send({ signal: stop.signal });

    expect(timers().length).toBeLessThan(before + 10);
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  });

  test('close ends what is under way', async () => {
    const heard = Promise.withResolvers<void>();
    await using t = await setUp({
      answer: () => t.receiver.received.length === 2 && heard.resolve(),
    });
    const outcomes = Promise.all([t.send(), t.send()]);
    await heard.promise;

    await t.sender.close();

    const aborted = { kind: 'failed', reason: 'aborted' };
    expect(await outcomes).toEqual([aborted, aborted]);
    expect(await t.send()).toEqual(aborted);
  });

  test('close closes the connections that are kept', async () => {
    const kept = Promise.withResolvers<Socket>();
    await using t = await setUp({
      answer({ socket }, res) {
        kept.resolve(socket);
        res.end();
      },
    });
    await t.send();
    const closed = once(await kept.promise, 'close').then(() => 'closed');

    await t.sender.close();

    // Left alone it would be closed after 4 s.
    expect(await Promise.race([closed, wait(2000, 'open')])).toBe('closed');
  });

  test('an id that can not be signed is an error of the caller', async () => {
    await using t = await setUp();
    await expect(t.send({ id: 'a.b' })).rejects.toThrow(TypeError);
    expect(t.receiver.connections).toBe(0);
  });
});
