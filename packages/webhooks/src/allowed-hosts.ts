import { isIP } from 'node:net';
import { isReachable } from './addresses.ts';
import { hostOf, isHostName } from './url.ts';

/**
 * The hosts of WEBHOOK_ALLOWED_HOSTS as `UrlPolicy` wants them: names in lower case, addresses in
 * their one plain spelling. Throws a TypeError that names the item for one that is not a host (a URL,
 * a port, a wildcard, another spelling of an address), or is an address that nothing is sent to.
 */
export function parseAllowedHosts(hosts: readonly string[]): readonly string[] {
  return hosts.map((item) => {
    const text = item.toLowerCase();
    const url = URL.parse(`https://${isIP(text) === 6 ? `[${text}]` : text}`);
    const host = url === null ? '' : hostOf(url);
    const isPlain = host === text || `[${host}]` === text;
    if (!isPlain || !(isIP(host) === 0 ? isHostName(host) : isReachable(host, true))) {
      throw new TypeError(`"${item}" is no host name or address that webhooks may be sent to`);
    }
    return host;
  });
}
