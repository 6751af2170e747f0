/**
 * Which addresses are the outside world.
 *
 * The table is that of ipaddr.js, which is kept up with the IANA registries, and only its "unicast" is
 * outside. As measured on 2.5.0 that word also covers, in IPv6, everything that the table does not
 * name: IPv4-compatible `::7f00:1`, `64:ff9b:2::`, `4000::` to `f800::`, `fe00::/9`. So IPv6 must
 * besides lie in 2000::/3, the only block that IANA gives out. Addresses that embed an IPv4 address
 * (mapped, compatible, 6to4, Teredo, NAT64) are never outside, whatever they embed: nobody needs them
 * to name a receiver, and what they lead to is for others to decide.
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * - `outside`: the outside world;
 * - `internal`: loopback, private, carrier-grade NAT, unique local: where hosts of one's own live;
 * - `never`: everything else, and the addresses at which clouds hand out credentials.
 */
export type Reach = 'outside' | 'internal' | 'never';

const INTERNAL = new Set(['loopback', 'private', 'carrierGradeNat', 'uniqueLocal']);
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');
/** Metadata services outside 169.254.0.0/16 and fe80::/10, which are link-local and so `never`. */
const METADATA = [
  '100.100.100.200/32', // Alibaba Cloud, in carrier-grade NAT
  '168.63.129.16/32', // Azure, a public address
  'fd00:ec2::/32', // AWS, unique local
  'fd20:ce::/32', // Google Cloud, unique local
].map((range) => ipaddr.parseCIDR(range));

/** Where an address lies. A text that is not one, or has a zone, is `never`. */
export function reachOf(address: string): Reach {
  if (isIP(address) === 0 || address.includes('%')) return 'never';
  const parsed = ipaddr.parse(address);
  if (METADATA.some((range) => isIn(parsed, range))) return 'never';
  const range = parsed.range();
  if (INTERNAL.has(range)) return 'internal';
  if (range !== 'unicast') return 'never';
  return parsed.kind() === 'ipv4' || isIn(parsed, GLOBAL_UNICAST) ? 'outside' : 'never';
}

/** Whether a webhook may connect to `address`. `isAllowed`: its host is one of one's own. */
export function isReachable(address: string, isAllowed: boolean): boolean {
  const reach = reachOf(address);
  return reach === 'outside' || (reach === 'internal' && isAllowed);
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

// `match` throws when the two are of different kinds.
function isIn(address: Address, [network, bits]: [Address, number]): boolean {
  return address.kind() === network.kind() && address.match([network, bits]);
}
