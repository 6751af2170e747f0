import { describe, expect, test } from 'vitest';
import { checkWebhookUrl, displayUrl } from './url.ts';

const HTTPS_ONLY = { allowHttp: false, allowedHosts: ['hooks.internal', '10.0.0.1'] };

test.each([
  ['https://example.com', 'https://example.com/'],
  ['https://example.com/hook?key=a%20b#part', 'https://example.com/hook?key=a%20b#part'],
  ['HTTPS://Hooks.Example.COM:443/A', 'https://hooks.example.com/A'],
  ['https://example.com:8443/', 'https://example.com:8443/'],
  ['https://8.8.8.8/', 'https://8.8.8.8/'],
  ['https://[2606:4700:4700::1111]/', 'https://[2606:4700:4700::1111]/'],
  ['https://xn--mnchen-3ya.example/', 'https://xn--mnchen-3ya.example/'],
  ['https://my_service.example.com/[x]', 'https://my_service.example.com/[x]'],
  [`https://example.com/${'a'.repeat(2028)}`, `https://example.com/${'a'.repeat(2028)}`],
  ['https://internal.example.com/', 'https://internal.example.com/'],
  ['https://localhost.example.com/', 'https://localhost.example.com/'],
])('%.60s is taken', (text, href) => {
  expect(checkWebhookUrl(text, HTTPS_ONLY).href).toBe(href);
});

describe('https only', () => {
  test.each(['http://example.com/', 'http://hooks.internal/', 'http://10.0.0.1/'])(
    '%s is refused, also for a host that is allowed',
    (url) => {
      expect(() => checkWebhookUrl(url, HTTPS_ONLY)).toThrow('must begin with https://');
    },
  );

  test.each([80, 8080])('port %d is for http', (port) => {
    const url = `https://example.com:${port}/`;
    expect(() => checkWebhookUrl(url, HTTPS_ONLY)).toThrow('one of the ports 443, 8443');
    expect(checkWebhookUrl(url, { ...HTTPS_ONLY, allowHttp: true }).port).toBe(String(port));
  });
});

test('ports of one’s own replace the usual ones, and count where none is written', () => {
  const policy = { allowHttp: true, allowedHosts: [], allowedPorts: [9000] };

  expect(checkWebhookUrl('http://example.com:9000/', policy).port).toBe('9000');
  expect(() => checkWebhookUrl('https://example.com/', policy)).toThrow('one of the ports 9000');
  expect(() => checkWebhookUrl('http://example.com/', policy)).toThrow('one of the ports 9000');
});

test('a host that is allowed may be internal, and have any port', () => {
  expect(checkWebhookUrl('https://hooks.internal:9/', HTTPS_ONLY).port).toBe('9');
  expect(checkWebhookUrl('https://10.0.0.1:9/', HTTPS_ONLY).port).toBe('9');
});

test('its neighbours are not', () => {
  for (const host of ['10.0.0.2', 'x.hooks.internal', 'hooks.internal.local']) {
    expect(() => checkWebhookUrl(`https://${host}/`, HTTPS_ONLY)).toThrow();
  }
});

test('a refusal says how the host would be written', () => {
  const check = () => checkWebhookUrl('https://0x7f.1/', HTTPS_ONLY);
  expect(check).toThrow('its host would be 127.0.0.1');
});

test.each([
  ['https://example.com/hook?token=secret#secret', 'https://example.com/hook'],
  ['https://example.com/hook/a?token=secret#secret', 'https://example.com/hook/…'],
  ['https://hooks.slack.com/services/T0/B0/secret', 'https://hooks.slack.com/services/…'],
  ['https://ntfy.example/my-secret-topic', 'https://ntfy.example/…'],
  ['https://example.com/s3cret/', 'https://example.com/…'],
  ['https://example.com/hooksecretlong', 'https://example.com/…'],
  ['https://user:secret@example.com:8443', 'https://example.com:8443/'],
])('%s is shown without its secrets', (url, shown) => {
  expect(displayUrl(url)).toBe(shown);
});
