import { describe, expect, test } from 'vitest';
import { parseAllowedHosts, WebhookSender } from '../src/index.ts';
import { SECRET, startReceiver } from './receiver.ts';
import { watchNetwork } from './watch-network.ts';

const ATTEMPT = { id: 'msg_1', body: '{}', attempt: 1 };
const OUTSIDE = { allowHttp: true, allowedHosts: [] };
/** A name of one's own: its addresses may be loopback. */
const OWN = { allowHttp: true, allowedHosts: parseAllowedHosts(['hooks.example', 'b.example']) };
/** In the outside world, and given to nobody: the only connections that these tests begin there. */
const NOBODY = '2d00::1';

/** A resolver that gives one answer after the other, then the last one again. */
function resolverOf(...answers: readonly (readonly string[])[]) {
  const asked: string[] = [];
  return {
    asked,
    async resolve(hostname: string) {
      asked.push(hostname);
      return answers[Math.min(asked.length, answers.length) - 1] ?? [];
    },
  };
}

describe('the name is resolved for every attempt, and one forbidden address refuses the whole name', () => {
  test.each([
    ['private', ['10.0.0.1']],
    ['loopback', ['127.0.0.1']],
    ['IPv6 loopback', ['::1']],
    ['metadata', ['169.254.169.254']],
    ['IPv4-mapped loopback', ['::ffff:127.0.0.1']],
    ['NAT64 of loopback', ['64:ff9b::7f00:1']],
    ['public and private', ['93.184.216.34', '127.0.0.1']],
    ['private and public', ['127.0.0.1', '93.184.216.34']],
    ['public IPv4 and private IPv6', ['93.184.216.34', 'fd00::1']],
    ['a hundred public ones and a private one', [...Array(100).fill('93.184.216.34'), '10.0.0.1']],
    ['no address at all', ['example.com']],
  ])('%s: refused, and nothing is opened', async (_what, addresses) => {
    await using receiver = await startReceiver();
    const policy = { ...OUTSIDE, allowedPorts: [receiver.port] };
    const { resolve } = resolverOf(addresses);
    await using sender = new WebhookSender({ policy, secrets: [SECRET], resolve });
    using network = watchNetwork();

    const outcome = await sender.send({ ...ATTEMPT, url: `http://evil.example:${receiver.port}/` });

    expect(outcome).toEqual({ kind: 'failed', reason: 'refused_address' });
    expect([network.connects, receiver.connections]).toEqual([0, 0]);
  });

  test('a name that is public first and private then: refused the second time', async () => {
    await using receiver = await startReceiver();
    const policy = { ...OUTSIDE, allowedPorts: [receiver.port] };
    const { asked, resolve } = resolverOf([NOBODY], ['127.0.0.1']);
    const options = { policy, secrets: [SECRET], resolve, timeoutMs: 300 };
    await using sender = new WebhookSender(options);
    const url = `http://rebind.example:${receiver.port}/`;
    using network = watchNetwork();

    const first = await sender.send({ ...ATTEMPT, url });
    expect(first).toMatchObject({ reason: expect.stringMatching(/^(?:connection|timeout)$/) });
    expect(asked).toHaveLength(1);
    const { connects } = network;
    const second = await sender.send({ ...ATTEMPT, url, attempt: 2 });

    expect(second).toEqual({ kind: 'failed', reason: 'refused_address' });
    expect(asked).toHaveLength(2);
    expect(network.connects).toBe(connects);
    expect(receiver.connections).toBe(0);
  });

  test('a name without addresses: dns', async () => {
    const { resolve } = resolverOf([]);
    await using sender = new WebhookSender({ policy: OUTSIDE, secrets: [SECRET], resolve });
    const outcome = await sender.send({ ...ATTEMPT, url: 'http://none.example/' });
    expect(outcome).toEqual({ kind: 'failed', reason: 'dns' });
  });

  test('a name of one’s own may have internal addresses, and no metadata service', async () => {
    await using receiver = await startReceiver();
    const { resolve } = resolverOf(['127.0.0.1'], ['127.0.0.1', '169.254.169.254']);
    await using sender = new WebhookSender({ policy: OWN, secrets: [SECRET], resolve });
    const url = `http://hooks.example:${receiver.port}/`;

    expect(await sender.send({ ...ATTEMPT, url })).toMatchObject({ kind: 'delivered' });
    expect(await sender.send({ ...ATTEMPT, url })).toMatchObject({ reason: 'refused_address' });
    expect(receiver.received).toHaveLength(1);
  });
});

describe('a connection goes to an address that was checked, also when it is a kept one:', () => {
  test('the system is not asked for the name, and the receiver is told it', async () => {
    await using receiver = await startReceiver();
    const { asked, resolve } = resolverOf(['127.0.0.1'], ['127.0.0.9']);
    await using sender = new WebhookSender({ policy: OWN, secrets: [SECRET], resolve });
    using network = watchNetwork();

    await sender.send({ ...ATTEMPT, url: `http://hooks.example:${receiver.port}/` });

    expect(asked).toEqual(['hooks.example']);
    expect(network).toMatchObject({ connects: 1, systemLookups: 0, queries: 0 });
    expect(receiver.received[0]?.headers.host).toBe(`hooks.example:${receiver.port}`);
  });

  test('attempts at the same addresses share a connection', async () => {
    await using receiver = await startReceiver({ answer: (_req, res) => res.end('thanks') });
    const { asked, resolve } = resolverOf(['127.0.0.1', '127.0.0.2'], ['127.0.0.2', '127.0.0.1']);
    await using sender = new WebhookSender({ policy: OWN, secrets: [SECRET], resolve });

    for (let attempt = 1; attempt <= 5; attempt += 1) {
      await sender.send({ ...ATTEMPT, attempt, url: `http://hooks.example:${receiver.port}/` });
    }

    expect(asked).toHaveLength(5);
    expect([receiver.received.length, receiver.connections]).toEqual([5, 1]);
  });

  test('a name that moves is followed: the kept connection is not used', async () => {
    await using receiver = await startReceiver();
    const { resolve } = resolverOf(['127.0.0.1'], ['127.0.0.1'], ['127.0.0.2'], ['127.0.0.1']);
    const options = { policy: OWN, secrets: [SECRET], resolve, timeoutMs: 1000 };
    await using sender = new WebhookSender(options);
    const url = `http://hooks.example:${receiver.port}/`;

    const outcomes: string[] = [];
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      outcomes.push((await sender.send({ ...ATTEMPT, attempt, url })).kind);
    }

    // Nobody listens at 127.0.0.2.
    expect(outcomes).toEqual(['delivered', 'delivered', 'failed', 'delivered']);
    expect([receiver.received.length, receiver.connections]).toEqual([3, 1]);
  });

  test('a name with one address more or less is given a new connection', async () => {
    await using receiver = await startReceiver();
    const { resolve } = resolverOf(['127.0.0.1'], ['127.0.0.1', '127.0.0.2'], ['127.0.0.1']);
    await using sender = new WebhookSender({ policy: OWN, secrets: [SECRET], resolve });

    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await sender.send({ ...ATTEMPT, attempt, url: `http://hooks.example:${receiver.port}/` });
    }

    expect([receiver.received.length, receiver.connections]).toEqual([3, 2]);
  });

  test('a name that becomes forbidden is refused, though a connection is kept', async () => {
    await using receiver = await startReceiver();
    const { resolve } = resolverOf(['127.0.0.1'], ['127.0.0.1', '169.254.169.254']);
    await using sender = new WebhookSender({ policy: OWN, secrets: [SECRET], resolve });
    const url = `http://hooks.example:${receiver.port}/`;
    await sender.send({ ...ATTEMPT, url });

    expect(await sender.send({ ...ATTEMPT, url })).toMatchObject({ reason: 'refused_address' });
    expect(receiver.received).toHaveLength(1);
  });

  test('two names at one address do not share a connection', async () => {
    await using receiver = await startReceiver();
    const { resolve } = resolverOf(['127.0.0.1']);
    await using sender = new WebhookSender({ policy: OWN, secrets: [SECRET], resolve });

    for (const name of ['hooks.example', 'b.example', 'hooks.example', 'b.example']) {
      await sender.send({ ...ATTEMPT, url: `http://${name}:${receiver.port}/` });
    }

    expect([receiver.received.length, receiver.connections]).toEqual([4, 2]);
  });

  test('a connection that the receiver has closed costs no attempt', async () => {
    let requests = 0;
    await using receiver = await startReceiver({
      answer(req, res) {
        requests += 1;
        // The answer promises to keep the connection; the second request on it finds it cut.
        res.end();
        if (requests === 1) req.socket.once('data', () => req.socket.resetAndDestroy());
      },
    });
    const { resolve } = resolverOf(['127.0.0.1']);
    await using sender = new WebhookSender({ policy: OWN, secrets: [SECRET], resolve });
    const url = `http://hooks.example:${receiver.port}/`;
    await sender.send({ ...ATTEMPT, url });

    expect(await sender.send({ ...ATTEMPT, url })).toEqual({ kind: 'delivered', statusCode: 200 });
    expect(receiver.connections).toBe(2);
  });

  test('where one address is dead the next is tried, eight at most', async () => {
    await using receiver = await startReceiver();
    const dead = Array<string>(8).fill('::1');
    const { resolve } = resolverOf([...dead.slice(1), '127.0.0.1'], [...dead, '127.0.0.1']);
    await using sender = new WebhookSender({ policy: OWN, secrets: [SECRET], resolve });
    const url = `http://hooks.example:${receiver.port}/`;

    expect(await sender.send({ ...ATTEMPT, url })).toEqual({ kind: 'delivered', statusCode: 204 });
    expect(await sender.send({ ...ATTEMPT, url })).toEqual({
      kind: 'failed',
      reason: 'connection',
    });
  });
});
