import { describe, expect, test } from 'vitest';
import { createResolve } from '../src/addresses.ts';
import { WebhookSender } from '../src/index.ts';
import { startNameServer } from './name-server.ts';
import { SECRET } from './receiver.ts';
import { watchNetwork } from './watch-network.ts';

const never = new AbortController().signal;

describe('hosts of one’s own', () => {
  test('are looked up as the system does it, hosts file included', async () => {
    using network = watchNetwork();

    const addresses = await createResolve(['localhost'])('localhost', never);

    expect(addresses).toContain('127.0.0.1');
    expect(network).toMatchObject({ systemLookups: 1, queries: 0 });
  });
});

describe('other names', () => {
  test('are asked of DNS, for IPv4 and IPv6, and occupy no thread', async () => {
    await using server = await startNameServer({ 'a.example': ['192.0.2.1', '2001:db8::1'] });
    using network = watchNetwork();

    const addresses = await createResolve([], [server.address])('a.example', never);

    expect(addresses).toEqual(['192.0.2.1', '2001:db8::1']);
    expect(network).toMatchObject({ systemLookups: 0, queries: 2 });
  });

  test.each([[['192.0.2.1', '192.0.2.2']], [['2001:db8::1']]])(
    'may have addresses of one kind only: %j',
    async (known) => {
      await using server = await startNameServer({ 'a.example': known });
      const addresses = await createResolve([], [server.address])('a.example', never);
      expect(addresses).toEqual(known);
    },
  );

  test('are asked for anew every time, however long the answer holds', async () => {
    await using server = await startNameServer({ 'a.example': ['192.0.2.1'] });
    const resolve = createResolve([], [server.address]);

    for (let i = 0; i < 3; i += 1) await resolve('a.example', never);

    expect(server.questions).toBe(6);
  });

  test('that do not exist are an error', async () => {
    await using server = await startNameServer({ 'a.example': [] });
    const addresses = createResolve([], [server.address])('a.example', never);
    await expect(addresses).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  test('whose name server is silent are given up with the attempt', async () => {
    await using server = await startNameServer({});
    const stop = new AbortController();
    const addresses = createResolve([], [server.address])('a.example', stop.signal);

    stop.abort();

    await expect(addresses).rejects.toMatchObject({ code: 'ECANCELLED' });
  });
});

test.each([
  ['93.184.216.34', 'fd00::1'],
  ['10.0.0.1', '2606:4700:4700::1111'],
  ['93.184.216.34', '::ffff:7f00:1'],
])('a name of which DNS says %s and %s is refused', async (...addresses) => {
  await using server = await startNameServer({ 'a.example': addresses });
  await using sender = new WebhookSender({
    policy: { allowHttp: false, allowedHosts: [] },
    secrets: [SECRET],
    resolve: createResolve([], [server.address]),
  });
  using network = watchNetwork();

  const attempt = { id: 'msg_1', url: 'https://a.example/', body: '{}', attempt: 1 };
  const outcome = await sender.send(attempt);

  expect(outcome).toEqual({ kind: 'failed', reason: 'refused_address' });
  expect(network.connects).toBe(0);
});
