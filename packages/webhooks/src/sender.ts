/**
 * Single attempts to deliver a webhook.
 *
 * What it promises, each with a test of the same name:
 *
 *  - the name is resolved for every attempt, and one forbidden address refuses the whole name;
 *  - a connection goes to an address that was checked, also when it is a kept one;
 *  - an attempt ends within `timeoutMs`, whatever the receiver does;
 *  - redirects are not followed;
 *  - nothing of the answer is kept but its status and `Retry-After`, and no more than 64 KB read;
 *  - certificates are verified, whatever the environment says.
 *
 * It knows no schedule (`nextAttemptMs`) and no limits per host (`HostGates`).
 */

import { isIP } from 'node:net';
import { parseTraceparent } from '@deja/runtime/http-headers';
import { createResolve, isReachable, type Resolve } from './addresses.ts';
import { type FailureReason, failed, outcomeOf, type SendOutcome } from './outcome.ts';
import { answerTo, createPinnedAgent, pinTo } from './request.ts';
import { DEFAULT_TIMEOUT_S } from './schedule.ts';
import { secretOfTenant, sign } from './signing.ts';
import { checkWebhookUrl, hostOf, portOf, type UrlPolicy } from './url.ts';

const DEFAULT_USER_AGENT = 'Deja/0.2.0';
/** Codes of Node and of OpenSSL's verification. */
const TLS_CODES =
  /^(?:ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_|EPROTO$)/;

export interface WebhookSenderOptions {
  readonly policy: UrlPolicy;
  /** As `parseSecrets` gives them. */
  readonly secrets: readonly string[];
  /** For a whole attempt: resolve, connect, send, answer. Default: DEFAULT_TIMEOUT_S. Unit: ms. */
  readonly timeoutMs?: number;
  /** `User-Agent`. Default: `Deja/<version>`. */
  readonly userAgent?: string;
  /** Default: DNS; hosts of `allowedHosts` as the system looks them up. */
  readonly resolve?: Resolve;
  /** PEM of the authorities to trust, for tests; an operator adds with NODE_EXTRA_CA_CERTS. */
  readonly ca?: string;
  /** Epoch ms, for `webhook-timestamp` and dates in `Retry-After`. Default: Date.now. */
  readonly now?: () => number;
}

export interface SendOptions {
  /** `webhook-id`: the same for every attempt. 1 to 128 letters, digits, `_` and `-`. */
  readonly id: string;
  readonly url: string;
  /** JSON, sent and signed as it is. */
  readonly body: string;
  /** 1 for the first; sent as `webhook-attempt`, which is not signed. */
  readonly attempt: number;
  /** Whose secret signs it. Default: that of an installation without keys. */
  readonly tenant?: string | undefined;
  /** W3C Trace Context, passed on if it is well formed. */
  readonly traceparent?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export class WebhookSender {
  readonly #options: WebhookSenderOptions;
  readonly #resolve: Resolve;
  readonly #agents;
  readonly #closing = new AbortController();

  constructor(options: WebhookSenderOptions) {
    this.#options = options;
    this.#resolve = options.resolve ?? createResolve(options.policy.allowedHosts);
    this.#agents = {
      'http:': createPinnedAgent('http:'),
      'https:': createPinnedAgent('https:', options.ca),
    };
  }

  /** One attempt. Rejects only with a TypeError, for an `id` that can not be signed. */
  async send(options: SendOptions): Promise<SendOutcome> {
    const url = this.#checked(options.url);
    if (url === undefined) return { kind: 'failed', reason: 'refused_url', isFinal: true };
    const end = new AbortController();
    const abort = () => end.abort('aborted' satisfies FailureReason);
    const signals = [this.#closing.signal, options.signal];
    if (signals.some((signal) => signal?.aborted)) return failed('aborted');
    for (const signal of signals) signal?.addEventListener('abort', abort);
    const deadline = setTimeout(
      () => end.abort('timeout' satisfies FailureReason),
      this.#options.timeoutMs ?? DEFAULT_TIMEOUT_S * 1000,
    );
    try {
      const outcome = await this.#deliver(url, options, end.signal);
      const isCut = end.signal.aborted && outcome.kind === 'failed' && !outcome.statusCode;
      return isCut ? failed(end.signal.reason) : outcome;
    } finally {
      clearTimeout(deadline);
      for (const signal of signals) signal?.removeEventListener('abort', abort);
    }
  }

  /** Ends what is under way (`aborted`), closes every connection, and lets nothing begin. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #deliver(url: URL, options: SendOptions, signal: AbortSignal): Promise<SendOutcome> {
    const host = hostOf(url);
    let addresses: readonly string[];
    try {
      addresses = isIP(host) === 0 ? await this.#addressesOf(host, signal) : [host];
    } catch {
      return failed('dns');
    }
    if (addresses.length === 0) return failed('dns');
    const isAllowed = this.#options.policy.allowedHosts.includes(host);
    if (!addresses.every((address) => isReachable(address, isAllowed))) {
      return failed('refused_address');
    }
    const request = {
      ...pinTo(addresses),
      agent: this.#agents[url.protocol as 'http:' | 'https:'],
      method: 'POST',
      host,
      port: portOf(url),
      path: url.pathname + url.search,
      headers: this.#headers(url, options),
      signal,
    };
    try {
      const answer = await answerTo(url.protocol, request, options.body);
      return outcomeOf(answer, (this.#options.now ?? Date.now)());
    } catch (error) {
      return failed(
        TLS_CODES.test((error as NodeJS.ErrnoException).code ?? '') ? 'tls' : 'connection',
      );
    }
  }

  #checked(text: string): URL | undefined {
    try {
      return checkWebhookUrl(text, this.#options.policy);
    } catch {
      return undefined;
    }
  }

  // A resolver may be deaf to the signal: the system's look-up is.
  async #addressesOf(host: string, signal: AbortSignal): Promise<readonly string[]> {
    const { promise: cut, reject } = Promise.withResolvers<never>();
    const leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave);
    try {
      return await Promise.race([cut, this.#resolve(host, signal)]);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  #headers(
    url: URL,
    { id, body, attempt, tenant, traceparent }: SendOptions,
  ): Record<string, string> {
    const { userAgent = DEFAULT_USER_AGENT, now = Date.now } = this.#options;
    const secrets = this.#options.secrets.map((secret) =>
      tenant === undefined ? secret : secretOfTenant(secret, tenant),
    );
    const trace = parseTraceparent(traceparent);
    return {
      host: url.host,
      'user-agent': userAgent,
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      ...sign({ id, timestamp: now(), body, secrets }),
      'webhook-attempt': String(attempt),
      ...(trace !== undefined && { traceparent: trace }),
    };
  }
}
