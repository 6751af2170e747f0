import { describe, expect, test } from 'vitest';
import { checkWebhookUrl, parseAllowedHosts, WebhookSender } from '../src/index.ts';
import { HOSTILE_URLS } from './hostile-urls.ts';
import { SECRET, startReceiver } from './receiver.ts';
import { watchNetwork } from './watch-network.ts';

const ATTEMPT = { id: 'msg_1', body: '{}', attempt: 1 };
const OPEN = { allowHttp: true, allowedHosts: [] };

test('the network watch sees connections, plain and TLS, and names that are asked for', async () => {
  await using receiver = await startReceiver();
  const policy = { allowHttp: true, allowedHosts: ['127.0.0.1', 'localhost'] };
  await using sender = new WebhookSender({ policy, secrets: [SECRET] });
  using network = watchNetwork();

  await sender.send({ ...ATTEMPT, url: `http://127.0.0.1:${receiver.port}/` });
  expect([network.connects, network.systemLookups]).toEqual([1, 0]);
  await sender.send({ ...ATTEMPT, url: `https://127.0.0.1:${receiver.port}/` });
  expect([network.connects, network.systemLookups]).toEqual([2, 0]);
  await sender.send({ ...ATTEMPT, url: `http://localhost:${receiver.port}/` });
  expect(network.connects).toBeGreaterThan(2);
  expect([network.systemLookups, network.queries]).toEqual([1, 0]);
  await sender.send({ ...ATTEMPT, url: 'http://name.invalid/' });
  expect([network.systemLookups, network.queries]).toEqual([1, 2]);
});

describe.each(HOSTILE_URLS)('%s', (reason, urls) => {
  test.each(urls)('%j is refused, and nothing is opened', async (template) => {
    await using receiver = await startReceiver();
    const url = template.replace('PORT', String(receiver.port));
    await using sender = new WebhookSender({ policy: OPEN, secrets: [SECRET] });
    using network = watchNetwork();

    expect(() => checkWebhookUrl(url, OPEN)).toThrow(
      expect.objectContaining({ code: 'WEBHOOK_URL_REFUSED', reason }),
    );
    const outcome = await sender.send({ ...ATTEMPT, url });

    expect(outcome).toEqual({ kind: 'failed', reason: 'refused_url', isFinal: true });
    expect(network).toMatchObject({ connects: 0, systemLookups: 0, queries: 0 });
    expect(receiver.connections).toBe(0);
  });
});

describe('with loopback allowed', () => {
  const policy = {
    allowHttp: true,
    allowedHosts: parseAllowedHosts(['127.0.0.1', '::1', 'localhost', 'redis']),
  };

  test('the plain spellings are taken, with any port', () => {
    for (const host of ['127.0.0.1', '[::1]', 'localhost', 'LOCALHOST', 'redis']) {
      expect(checkWebhookUrl(`http://${host}:6379/x?y=1#z`, policy).port).toBe('6379');
    }
  });

  const others = HOSTILE_URLS.filter(([reason]) => reason !== 'internal_name')
    .flatMap(([, urls]) => urls)
    .filter((url) => !/^http:\/\/(?:127\.0\.0\.1|\[::1\]):PORT\/$/.test(url));
  test.each(others)('%j is still refused', async (template) => {
    await using receiver = await startReceiver();
    const url = template.replace('PORT', String(receiver.port));
    await using sender = new WebhookSender({ policy, secrets: [SECRET] });
    using network = watchNetwork();

    expect(await sender.send({ ...ATTEMPT, url })).toMatchObject({ reason: 'refused_url' });

    expect(network).toMatchObject({ connects: 0, systemLookups: 0, queries: 0 });
    expect(receiver.connections).toBe(0);
  });
});

test('metadata services stay out of reach even if a policy names them', () => {
  const policy = { allowHttp: true, allowedHosts: ['169.254.169.254', 'fd00:ec2::254'] };

  for (const url of ['http://169.254.169.254/', 'http://[fd00:ec2::254]/']) {
    expect(() => checkWebhookUrl(url, policy)).toThrow('not in the outside world');
  }
});
