import type { UrlPolicy } from './url.ts';

/** Why an attempt failed. Stable, may be shown to the client: tells nothing of what was answered. */
export type FailureReason =
  /** The URL is not one that the policy takes (any more). Final. */
  | 'refused_url'
  /** The name has an address inside a network of ours, or one that is not in the outside world. */
  | 'refused_address'
  /** The name has no address, or no name server answered. */
  | 'dns'
  /** Refused, unreachable, reset, or not HTTP. */
  | 'connection'
  /** The certificate is not one of that name, not trusted, or out of date. */
  | 'tls'
  /** No complete answer head within `timeoutMs`. */
  | 'timeout'
  /** A 3xx: redirects are not followed. */
  | 'redirect'
  /** Any other status that is not 2xx. */
  | 'status'
  /** The caller's `signal` was aborted. Says nothing about the receiver; may have been delivered. */
  | 'aborted';

export type SendOutcome =
  | { readonly kind: 'delivered'; readonly statusCode: number }
  | { readonly kind: 'gone'; readonly statusCode: 410 }
  | {
      readonly kind: 'failed';
      readonly reason: FailureReason;
      readonly statusCode?: number;
      /** The receiver's `Retry-After`, at most 24 h. */
      readonly retryAfterMs?: number;
      /** True: another attempt would end the same way. */
      readonly isFinal?: boolean;
    };

/** The addresses of a name, asked anew for every attempt. Rejects, or gives none, if there are none. */
export type Resolve = (hostname: string, signal: AbortSignal) => Promise<readonly string[]>;

export interface WebhookSenderOptions {
  readonly policy: UrlPolicy;
  /** As `parseSecrets` gives them. */
  readonly secrets: readonly string[];
  /** For a whole attempt: resolve, connect, send, answer. Default: 15,000. Unit: ms. */
  readonly timeoutMs?: number;
  /** `User-Agent`. Default: `Deja/<version> (webhooks)`. */
  readonly userAgent?: string;
  /** Default: DNS; hosts of `allowedHosts` as the system resolves them (hosts file, search domains). */
  readonly resolve?: Resolve;
  /** PEM of more authorities to trust, for tests; an operator sets NODE_EXTRA_CA_CERTS. */
  readonly ca?: string | undefined;
  /** Epoch ms, for `webhook-timestamp` and dates in `Retry-After`. Default: Date.now. */
  readonly now?: () => number;
}

export interface SendOptions {
  /** `webhook-id`: the same for every attempt. */
  readonly id: string;
  readonly url: string;
  /** JSON, sent and signed as it is. */
  readonly body: string;
  /** 1 for the first; sent as `webhook-attempt`, which is not signed. */
  readonly attempt: number;
  /** W3C Trace Context, passed on if it is well formed. */
  readonly traceparent?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes single attempts. Knows no schedule (`nextAttemptMs`) and no limits per host (`HostGates`).
 */
export class WebhookSender {
  constructor(_options: WebhookSenderOptions) {}

  /** One attempt. Never rejects: whatever happens is an outcome. */
  async send(_options: SendOptions): Promise<SendOutcome> {
    throw new Error('not yet written');
  }

  /** Ends what is under way (`aborted`) and closes every connection. */
  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
