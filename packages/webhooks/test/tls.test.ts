import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { parseAllowedHosts, WebhookSender } from '../src/index.ts';
import { type Authority, type Certificate, createAuthority } from './certificates.ts';
import { SECRET, startReceiver } from './receiver.ts';

const NAME = 'hooks.example';
const POLICY = { allowHttp: false, allowedHosts: parseAllowedHosts([NAME, 'b.example']) };
const ATTEMPT = { id: 'msg_1', body: '{}', attempt: 1 };
const TLS_FAILED = { kind: 'failed', reason: 'tls' };

let authority: Authority;
let good: Certificate;

beforeAll(async () => {
  authority = await createAuthority();
  good = await authority.certify(NAME);
});

afterEach(() => vi.unstubAllEnvs());

async function setUp(tls?: Certificate, { trusts = true } = {}) {
  const receiver = await startReceiver(tls && { tls });
  const sender = new WebhookSender({
    policy: POLICY,
    secrets: [SECRET],
    resolve: async () => ['127.0.0.1'],
    ...(trusts && { ca: authority.cert }),
  });
  return {
    receiver,
    send: (name = NAME) =>
      sender.send({ ...ATTEMPT, url: `https://${name}:${receiver.port}/hook` }),
    async [Symbol.asyncDispose]() {
      await sender.close();
      await receiver[Symbol.asyncDispose]();
    },
  };
}

test('a receiver with a certificate of its name gets the webhook, its connection is kept', async () => {
  await using t = await setUp(good);

  for (let i = 0; i < 3; i += 1) {
    expect(await t.send()).toEqual({ kind: 'delivered', statusCode: 204 });
  }

  expect(t.receiver.connections).toBe(1);
  expect(t.receiver.received[0]?.headers.host).toBe(`${NAME}:${t.receiver.port}`);
});

describe('certificates are verified, whatever the environment says:', () => {
  test('one of another name', async () => {
    await using t = await setUp(good);
    expect(await t.send('b.example')).toEqual(TLS_FAILED);
    expect(t.receiver.received).toHaveLength(0);
  });

  test('one of another name, on a connection that is kept', async () => {
    await using t = await setUp(good);
    expect(await t.send()).toMatchObject({ kind: 'delivered' });
    expect(await t.send('b.example')).toEqual(TLS_FAILED);
    expect(t.receiver.received).toHaveLength(1);
  });

  test('an expired one', async () => {
    await using t = await setUp(await authority.certify(NAME, { isExpired: true }));
    expect(await t.send()).toEqual(TLS_FAILED);
  });

  test('one of an unknown authority', async () => {
    const other = await createAuthority();
    await using t = await setUp(await other.certify(NAME));
    expect(await t.send()).toEqual(TLS_FAILED);
  });

  test('one that is not of the authorities that Node knows', async () => {
    await using t = await setUp(good, { trusts: false });
    expect(await t.send()).toEqual(TLS_FAILED);
  });

  test('with NODE_TLS_REJECT_UNAUTHORIZED=0', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    await using t = await setUp(good);
    expect(await t.send('b.example')).toEqual(TLS_FAILED);
    expect(t.receiver.received).toHaveLength(0);
  });

  test('a receiver that does not speak TLS', async () => {
    await using t = await setUp();
    expect(await t.send()).toEqual(TLS_FAILED);
    expect(t.receiver.received).toHaveLength(0);
  });
});
