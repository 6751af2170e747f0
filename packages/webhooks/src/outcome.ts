import { parseRetryAfter } from '@deja/runtime/http-headers';
import type { Answer } from './request.ts';

/** Why an attempt failed. Stable, may be shown to the client: tells nothing of what was answered. */
export type FailureReason =
  /** The URL is not one that the policy takes (any more). Final. */
  | 'refused_url'
  /** The name has an address inside a network, or one that is not in the outside world. */
  | 'refused_address'
  /** The name has no address, or no name server answered. */
  | 'dns'
  /** Refused, unreachable, reset, or not HTTP. */
  | 'connection'
  /** The certificate is not one of that name, not trusted, or out of date; or the handshake failed. */
  | 'tls'
  /** No complete answer head within `timeoutMs`. */
  | 'timeout'
  /** A 3xx: redirects are not followed. */
  | 'redirect'
  /** Any other status that is not 2xx. */
  | 'status'
  /** The caller's `signal`, or `close`. Says nothing about the receiver; may have been delivered. */
  | 'aborted';

/** How one attempt ended. `statusCode` is there whenever the receiver answered. */
export type SendOutcome =
  | { readonly kind: 'delivered'; readonly statusCode: number }
  /** The receiver wants no more webhooks at this URL. Final. */
  | { readonly kind: 'endpointGone'; readonly statusCode: 410 }
  | {
      readonly kind: 'failed';
      readonly reason: FailureReason;
      readonly statusCode?: number;
      /** The receiver's `Retry-After`, at most 24 h. */
      readonly retryAfterMs?: number;
      /** True: another attempt would end the same way. */
      readonly isFinal?: boolean;
    };

export function outcomeOf({ statusCode, retryAfter }: Answer, nowMs: number): SendOutcome {
  if (statusCode >= 200 && statusCode < 300) return { kind: 'delivered', statusCode };
  if (statusCode === 410) return { kind: 'endpointGone', statusCode };
  const reason = statusCode >= 300 && statusCode < 400 ? 'redirect' : 'status';
  const retryAfterMs = parseRetryAfter(retryAfter, nowMs);
  return {
    kind: 'failed',
    reason,
    statusCode,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

/** An attempt that ended without an answer. */
export function failed(reason: FailureReason): SendOutcome {
  return { kind: 'failed', reason };
}
