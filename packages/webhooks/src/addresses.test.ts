import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isReachable, reachOf } from './addresses.ts';

const OUTSIDE = ['8.8.8.8', '1.1.1.1', '93.184.216.34', '2606:4700:4700::1111', '2a00:1450::200e'];

const INTERNAL = [
  ...['127.0.0.1', '127.255.255.254', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.0.1'],
  ...['100.64.0.1', '100.127.255.255', '::1', 'fc00::1', 'fdff::1'],
];

const NEVER: Readonly<Record<string, readonly string[]>> = {
  unspecified: ['0.0.0.0', '0.1.2.3', '::'],
  'link-local': ['169.254.0.1', '169.254.169.254', 'fe80::1', 'febf::1'],
  'site-local': ['fec0::1', 'feff::1'],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1'],
  broadcast: ['255.255.255.255'],
  benchmarking: ['198.18.0.1', '198.19.255.255', '2001:2::1'],
  documentation: ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
  reserved: ['192.0.0.1', '192.88.99.1', '240.0.0.1', '2001:1ff::1', '100::1', '5f00::1'],
  'metadata services': [
    ...['169.254.169.254', '169.254.170.2', '100.100.100.200', '192.0.0.192', '168.63.129.16'],
    ...['fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254'],
  ],
  'IPv4-mapped': ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8', '::ffff:a9fe:a9fe'],
  'IPv4-compatible': ['::127.0.0.1', '::7f00:1', '::8.8.8.8', '::808:808'],
  'IPv4-translated': ['::ffff:0:127.0.0.1', '::ffff:0:7f00:1'],
  '6to4': ['2002:7f00:1::', '2002:a9fe:a9fe::1', '2002:808:808::'],
  Teredo: ['2001::1', '2001:0:7f00:1::'],
  NAT64: ['64:ff9b::7f00:1', '64:ff9b::8.8.8.8', '64:ff9b:1::1', '64:ff9b:1:ffff::1'],
  'beside NAT64': ['64:ff9b:2::1', '64:ff9a::1'],
  'not given out': ['4000::1', '8000::1', 'e000::1', 'fe00::1', '::2', '0:0:0:1::1', '200::1'],
  'with a zone': ['fe80::1%eth0', '2606:4700:4700::1111%eth0', '::1%lo'],
  'no address': ['', 'localhost', '127.1', '0x7f.0.0.1', '0177.0.0.1', '2130706433', '[::1]'],
};

test.each(OUTSIDE)('%s is outside', (address) => {
  expect(reachOf(address)).toBe('outside');
  expect(isReachable(address, false)).toBe(true);
});

test.each(INTERNAL)('%s is internal: for hosts of one’s own only', (address) => {
  expect(reachOf(address)).toBe('internal');
  expect(isReachable(address, false)).toBe(false);
  expect(isReachable(address, true)).toBe(true);
});

describe.each(Object.entries(NEVER))('%s', (_kind, addresses) => {
  test.each(addresses)('%s is never reached', (address) => {
    expect(reachOf(address)).toBe('never');
    expect(isReachable(address, true)).toBe(false);
  });
});

// The IANA registries of special-purpose addresses (2026-11), written down a second time.
const SPECIAL_IPV4 = blockList('ipv4', [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24'],
  ...['192.168.0.0/16', '192.175.48.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4', '168.63.129.16/32'],
]);
const SPECIAL_IPV6 = blockList('ipv6', [
  ...['::/3', '4000::/2', '8000::/1', '2001::/23', '2001:db8::/32', '2002::/16'],
  ...['2620:4f:8000::/48', '3fff::/20'],
]);

function blockList(family: 'ipv4' | 'ipv6', ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', bits] = range.split('/');
    list.addSubnet(network, Number(bits), family);
  }
  return list;
}

test('what is outside is what the registries leave, for any IPv4 address', () => {
  const near = fc.constantFrom(0, 10, 100, 127, 169, 172, 192, 198, 203, 223, 224, 239, 240, 255);
  const octet = fc.nat(255);
  fc.assert(
    fc.property(fc.oneof(near, octet), octet, octet, octet, (...octets) => {
      const address = octets.join('.');
      expect(reachOf(address) === 'outside').toBe(!SPECIAL_IPV4.check(address, 'ipv4'));
    }),
    { numRuns: 5000 },
  );
});

test('what is outside is what the registries leave, for any IPv6 address', () => {
  const group = fc.nat(0xffff);
  const first = fc.constantFrom(0, 0x64, 0x2001, 0x2002, 0x2620, 0x3fff, 0x4000, 0xfe80);
  const second = fc.constantFrom(0, 1, 2, 0x1ff, 0x200, 0xdb8, 0x4f, 0xff9b);
  fc.assert(
    fc.property(
      fc.tuple(fc.oneof(first, group), fc.oneof(second, group), group, group),
      (groups) => {
        const address = `${groups.map((value) => value.toString(16)).join(':')}::1`;
        expect(reachOf(address) === 'outside').toBe(!SPECIAL_IPV6.check(address, 'ipv6'));
      },
    ),
    { numRuns: 5000 },
  );
});
