/**
 * The addresses of a name, and which of them are the outside world.
 *
 * The table is that of ipaddr.js, which is kept up with the IANA registries, and only its "unicast" is
 * outside. As measured on 2.5.0 that word also covers, in IPv6, everything that the table does not
 * name: IPv4-compatible `::7f00:1`, `64:ff9b:2::`, `4000::` to `f800::`, `fe00::/9`. So IPv6 must
 * besides lie in 2000::/3, the only block that IANA gives out. Addresses that embed an IPv4 address
 * (mapped, compatible, 6to4, Teredo, NAT64) are never outside, whatever they embed: nobody needs them
 * to name a receiver, and what they lead to is for others to decide.
 */
import { lookup, Resolver } from 'node:dns/promises';
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

/** The addresses of a name, asked anew for every attempt. Rejects, or gives none, if there are none. */
export type Resolve = (hostname: string, signal: AbortSignal) => Promise<readonly string[]>;

/**
 * Asks DNS for a name's A and AAAA records.
 *
 * Hosts of one's own (`allowedHosts`) are looked up as the system does it, with hosts file and search
 * domains. All others not: what a hosts file names is not the outside world, and the system's look-up
 * holds a thread of Node's pool for as long as a name server is silent: four such names would stop
 * every file operation of the process.
 *
 * @param servers Name servers, for tests. Default: the system's.
 */
export function createResolve(
  allowedHosts: readonly string[],
  servers?: readonly string[],
): Resolve {
  return async (hostname, signal) => {
    if (allowedHosts.includes(hostname)) {
      return (await lookup(hostname, { all: true })).map(({ address }) => address);
    }
    // A new one each time: it reads the system's name servers, which change under a long process.
    const resolver = new Resolver({ timeout: 3000, tries: 2 });
    if (servers !== undefined) resolver.setServers(servers);
    const cancel = () => resolver.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const answers = await Promise.allSettled([
        resolver.resolve4(hostname),
        resolver.resolve6(hostname),
      ]);
      const addresses = answers.flatMap((answer) =>
        answer.status === 'fulfilled' ? answer.value : [],
      );
      // One kind of record alone is usual. Without any, the reason for the first speaks for both.
      if (addresses.length === 0 && answers[0].status === 'rejected') throw answers[0].reason;
      return addresses;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  };
}
