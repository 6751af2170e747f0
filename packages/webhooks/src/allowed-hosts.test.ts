import { expect, test } from 'vitest';
import { parseAllowedHosts } from './allowed-hosts.ts';

test('hosts come out as URLs have them', () => {
  expect(parseAllowedHosts(['Hooks.Internal', '127.0.0.1', '::1', '[FD00::1]', 'a_b'])).toEqual([
    'hooks.internal',
    '127.0.0.1',
    '::1',
    'fd00::1',
    'a_b',
  ]);
});

test.each([
  ...['', '*', '*.example.com', 'https://example.com', 'example.com:8080', 'example.com/', 'a b'],
  ...['127.1', '0x7f.0.0.1', '2130706433', '127.0.0.1.', 'example.com.', 'user@example.com'],
  ...['0:0:0:0:0:0:0:1', '[::1', 'münchen.de', '10.0.0.0/8'],
  ...['169.254.169.254', '0.0.0.0', '::ffff:127.0.0.1', 'fe80::1%eth0', '255.255.255.255'],
])('"%s" is refused by name', (item) => {
  expect(() => parseAllowedHosts(['ok.example', item])).toThrow(`"${item}" is no host`);
});
