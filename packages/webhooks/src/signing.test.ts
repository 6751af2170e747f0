import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { parseSecrets, secretOfTenant, sign } from './signing.ts';

const secretOf = (byte: number, length = 32) =>
  `whsec_${Buffer.alloc(length, byte).toString('base64')}`;
const OLD = secretOf(1);
const NEW = secretOf(2);

describe('sign', () => {
  test('gives the signature that the libraries of Standard Webhooks are tested with', () => {
    const headers = sign({
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestamp: 1_614_265_330_000,
      body: '{"test": 2432232314}',
      secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    });

    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  test('during a rotation, a receiver with either secret verifies it', () => {
    const body = '{"text":"größer"}';

    const headers = sign({ id: 'a-1', timestamp: Date.now(), body, secrets: [NEW, OLD] });

    expect(new Webhook(OLD).verify(body, headers)).toEqual({ text: 'größer' });
    expect(new Webhook(NEW).verify(body, headers)).toEqual({ text: 'größer' });
    expect(() => new Webhook(secretOf(3)).verify(body, headers)).toThrow('No matching signature');
  });

  test.each(['id', 'timestamp', 'body'])('nobody can exchange the %s', (part) => {
    const headers = sign({ id: 'a-1', timestamp: Date.now(), body: '{}', secrets: [OLD] });
    const now = Number(headers['webhook-timestamp']);
    const changed = {
      ...headers,
      ...(part === 'id' && { 'webhook-id': 'a-2' }),
      ...(part === 'timestamp' && { 'webhook-timestamp': String(now + 1) }),
    };

    const verify = () => new Webhook(OLD).verify(part === 'body' ? '[]' : '{}', changed);

    expect(verify).toThrow('No matching signature');
  });

  test.each(['', 'a.b', 'a b', 'a\r\nx-evil: 1', 'ü', 'a'.repeat(129)])(
    'refuses the id %j',
    (id) => {
      const options = { id, timestamp: 0, body: '', secrets: [OLD] };
      expect(() => sign(options)).toThrow(TypeError);
    },
  );
});

describe('parseSecrets', () => {
  test('takes several, separated by white space', () => {
    expect(parseSecrets(`${NEW} ${OLD}`)).toEqual([NEW, OLD]);
    expect(parseSecrets(`\n ${NEW}  ${OLD}\n`)).toEqual([NEW, OLD]);
  });

  test.each([24, 32, 64])('takes %d bytes', (length) => {
    expect(parseSecrets(secretOf(7, length))).toHaveLength(1);
  });

  test.each([
    ['without prefix', OLD.slice('whsec_'.length)],
    ['too short', secretOf(1, 23)],
    ['too long', secretOf(1, 65)],
    ['not base64', `whsec_${'!'.repeat(44)}`],
    ['base64url', secretOf(0xff).replaceAll('/', '_')],
    ['without padding', OLD.replaceAll('=', '')],
    ['an asymmetric key', OLD.replace('whsec_', 'whsk_')],
  ])('refuses one that is %s, without telling it', (_what, bad) => {
    const parse = () => parseSecrets(`${OLD} ${bad}`);

    expect(parse).toThrow(TypeError);
    expect(parse).toThrow(/^webhook secret 2 of 2 is not "whsec_"/);
    expect(parse).not.toThrow(bad);
  });

  test('refuses none at all', () => {
    expect(() => parseSecrets('  ')).toThrow('there is no webhook secret');
  });
});

test('each tenant has a secret of its own, which follows from the one of the installation', () => {
  const [acme, other] = ['acme', 'other'].map((tenant) => secretOfTenant(OLD, tenant));
  const body = '{}';
  const headers = sign({ id: 'a-1', timestamp: Date.now(), body, secrets: [String(acme)] });

  expect(parseSecrets(String(acme))).toEqual([acme]);
  expect(secretOfTenant(OLD, 'acme')).toBe(acme);
  expect(new Webhook(String(acme)).verify(body, headers)).toEqual({});
  for (const secret of [String(other), OLD, secretOfTenant(NEW, 'acme')])
    expect(() => new Webhook(secret).verify(body, headers)).toThrow('No matching signature');
});
