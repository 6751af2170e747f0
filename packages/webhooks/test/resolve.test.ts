import { expect, test } from 'vitest';
import { createResolve } from '../src/resolve.ts';
import { watchNetwork } from './watch-network.ts';

const never = new AbortController().signal;

test('hosts of one’s own are looked up as the system does it, hosts file included', async () => {
  using network = watchNetwork();

  const addresses = await createResolve(['localhost'])('localhost', never);

  expect(addresses).toContain('127.0.0.1');
  expect([network.systemLookups, network.queries]).toEqual([1, 0]);
});

test('others are asked of DNS, for IPv4 and IPv6, and occupy no thread', async () => {
  using network = watchNetwork();

  // RFC 6761: never exists. Where no name server answers that is an error, too.
  const addresses = createResolve(['localhost'])('name.invalid', never);

  await expect(addresses).rejects.toThrow();
  expect([network.systemLookups, network.queries]).toEqual([0, 2]);
});

test('a query ends with its attempt', async () => {
  const stop = new AbortController();
  const addresses = createResolve([])('name.invalid', stop.signal);

  stop.abort();

  await expect(addresses).rejects.toMatchObject({ code: 'ECANCELLED' });
});
