/**
 * Which URLs webhooks may be sent to, judged by what is written.
 *
 * `new URL` understands many spellings of one host (`0x7f.1`, `127。0。0。1`, `%31%32%37.0.0.1`), other
 * programs in the way of a webhook understand others. So the host must be written as `URL.hostname`
 * gives it: a URL that could mean two things is refused, also for hosts that are allowed.
 */
import { isIP } from 'node:net';
import { isReachable } from './addresses.ts';

const MAX_CHARS = 2048;
const HTTPS_PORTS = [443, 8443];
const HTTP_PORTS = [...HTTPS_PORTS, 80, 8080];
/** RFC 3986 with everything that leaves room for doubt left out: no space, no `\`, no empty port. */
const WRITTEN =
  /^[a-z][a-z0-9+.-]*:\/\/(?<userinfo>[^/?#]*@)?(?<host>[^/?#@:[\]]+|\[[^/?#@[\]]+\])(?::(?<port>[1-9][0-9]{0,4}))?(?:[/?#][!-[\]-~]*)?$/i;
const NAME =
  /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?)*$/;
/** Top-level names that are given out inside networks only. A name without a dot is one, too. */
const INTERNAL_NAME =
  /^[^.]+$|\.(?:localhost|localdomain|local|internal|intranet|private|corp|home|lan|home\.arpa)$/;

/** Which URLs webhooks may be sent to. */
export interface UrlPolicy {
  /** Take `http:` too. For every host: being in `allowedHosts` does not by itself allow http. */
  readonly allowHttp: boolean;
  /**
   * Hosts inside one's own network, as `parseAllowedHosts` gives them: names and addresses, for any
   * port. These may be internal names, and have loopback, private, carrier-grade NAT and unique
   * local addresses; others (link-local, metadata services, …) not even these.
   */
  readonly allowedHosts: readonly string[];
  /** Ports of the hosts outside. Default: 443 and 8443; with `allowHttp` 80 and 8080 too. */
  readonly allowedPorts?: readonly number[];
}

/** Why a URL was refused. Stable, may be shown to the client. */
export type UrlRefusal =
  | 'too_long'
  | 'syntax'
  | 'scheme'
  | 'credentials'
  | 'non_canonical'
  | 'port'
  | 'internal_name'
  | 'private_address';

/**
 * Thrown by `checkWebhookUrl`: nothing was resolved, nothing was opened. The message goes on after
 * "The URL", and may be shown to the client.
 */
export class WebhookUrlError extends Error {
  override readonly name = 'WebhookUrlError';
  readonly code = 'WEBHOOK_URL_REFUSED';
  readonly reason: UrlRefusal;

  constructor(reason: UrlRefusal, message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * Takes a URL as a client wrote it, or throws `WebhookUrlError`. Judges what is written: syntax,
 * scheme, credentials, port, spelling of the host, literal addresses. Resolves and opens nothing;
 * `WebhookSender` checks again, with the addresses that the name has at that moment.
 */
export function checkWebhookUrl(text: string, policy: UrlPolicy): URL {
  if (text.length > MAX_CHARS) {
    throw new WebhookUrlError('too_long', `has more than ${MAX_CHARS} characters`);
  }
  const url = URL.parse(text);
  if (url === null) throw new WebhookUrlError('syntax', 'is not a URL');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && policy.allowHttp)) {
    throw new WebhookUrlError(
      'scheme',
      `must begin with ${policy.allowHttp ? 'http:// or ' : ''}https://`,
    );
  }
  const written = WRITTEN.exec(text)?.groups;
  if (written?.userinfo !== undefined || url.username !== '' || url.password !== '') {
    throw new WebhookUrlError('credentials', 'must not contain a user name or password');
  }
  if (written?.host?.toLowerCase() !== url.hostname || url.hostname.endsWith('.')) {
    const plain = url.hostname.replace(/\.+$/, '');
    throw new WebhookUrlError(
      'non_canonical',
      `is not written plainly; its host would be ${plain}`,
    );
  }
  const host = hostOf(url);
  const isAddress = isIP(host) !== 0;
  if (!isAddress && !isHostName(host)) {
    throw new WebhookUrlError('syntax', 'has a host that is no DNS name');
  }
  const isAllowed = policy.allowedHosts.includes(host);
  if (isAddress && !isReachable(host, isAllowed)) {
    throw new WebhookUrlError('private_address', 'has an address that is not in the outside world');
  }
  if (isAllowed) return url;
  if (!isAddress && INTERNAL_NAME.test(host)) {
    throw new WebhookUrlError('internal_name', 'has a host name of an internal network');
  }
  const ports = policy.allowedPorts ?? (policy.allowHttp ? HTTP_PORTS : HTTPS_PORTS);
  if (!ports.includes(portOf(url))) {
    throw new WebhookUrlError('port', `must have one of the ports ${ports.join(', ')}`);
  }
  return url;
}

/**
 * The URL for eyes and logs. Receivers put their secret into the query or anywhere in the path, so of
 * all that only a first segment is shown that is one plain word: `https://example.com/hooks/…`.
 */
export function displayUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  const [word = '/'] = /^\/(?:[a-z]{1,8}(?=\/|$))?/.exec(pathname) ?? [];
  if (word === pathname) return origin + pathname;
  return `${origin}${word.replace(/\/?$/, '/')}…`;
}

export function isHostName(text: string): boolean {
  return NAME.test(text);
}

/** The name or address of a URL, an IPv6 address without its brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

export function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}
