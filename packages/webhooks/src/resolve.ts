import { lookup, Resolver } from 'node:dns/promises';

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
