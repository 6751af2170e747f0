/**
 * Takes a row of the outbox to a decision: sent and settled, or put back.
 *
 *  read (R30) ──► the host's gate ──► send ──► settle: delivered, gone, dead, or due again
 *                    └─ busy, broken: put back, no try is used up, until it is too old
 *
 * A crash between the receiver's answer and `settle` sends once more, with the same id. A shutdown
 * gives back what it interrupts.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { isRedisAway } from '@deja/redis';
import type { Logger } from '@deja/runtime';
import { failSpan, inSpan, SpanKind, traceparentOf } from '@deja/runtime/tracing';
import type { DeliveryState, DeliveryVersion } from './delivery.ts';
import type { HostGates, Permit } from './host-gates.ts';
import type { Outbox, Sendable } from './outbox.ts';
import type { SendOutcome } from './outcome.ts';
import { type PayloadOptions, webhookPayload } from './payload.ts';
import { nextAttemptMs } from './schedule.ts';
import type { WebhookSender } from './sender.ts';
import { displayUrl } from './url.ts';

export interface DelivererOptions {
  readonly outbox: Outbox;
  readonly sender: Pick<WebhookSender, 'send'>;
  readonly gates: Pick<HostGates, 'waitToEnter'>;
  readonly scheduleS: readonly number[];
  readonly payload: PayloadOptions;
  readonly log: Logger;
  /** Aborts when the worker stops: nothing begins, and nothing waits at a gate any more. */
  readonly stopping: AbortSignal;
  /** Aborts when its time to finish is up: nothing is sent any more. */
  readonly shutdown: AbortSignal;
}

type Refused = Extract<Permit, { isOpen: false }>;
const STOPPED: Permit = Object.freeze({ isOpen: false, because: 'busy' });

/** What an attempt leads to, and what it came to in a word. */
interface Decision {
  readonly state: DeliveryState;
  readonly againInMs?: number | undefined;
  readonly what: string;
}

/** How long a delivery waits for a place at its host before another one gets its place here. */
const LINE_MS = 5000;
/** It then comes again after this time, doubled each time. */
const BUSY_MS = 250;
const BUSY_MAX_MS = 60_000;
const REDIS_RETRY_MS = 500;
const MIN_AGE_MS = 3_600_000;

export class Deliverer {
  readonly #options: DelivererOptions;
  /** What its host's gate has kept from being attempted for so long is given up. */
  readonly #maxAgeMs: number;

  constructor(options: DelivererOptions) {
    this.#options = options;
    this.#maxAgeMs = MIN_AGE_MS + 2000 * options.scheduleS.reduce((sum, waitS) => sum + waitS, 0);
  }

  /** Resolves to the time until it is due again, undefined when it is over. Unit: ms. */
  async deliver(row: DeliveryVersion): Promise<number | undefined> {
    const { outbox, gates, stopping } = this.#options;
    const sendable = await this.#untilRedisAnswers(() => outbox.read(row));
    if (!sendable) return undefined;
    const wait = { tenant: sendable.job.tenant, timeoutMs: LINE_MS, signal: stopping };
    const permit = stopping.aborted ? STOPPED : await gates.waitToEnter(sendable.url, wait);
    if (!permit.isOpen) return await this.#putBack(sendable, permit);
    let outcome: SendOutcome | undefined;
    const startedAt = performance.now();
    try {
      outcome = await this.#send(sendable);
    } finally {
      permit.leave(outcome);
    }
    return await this.#settle(sendable, outcome, performance.now() - startedAt);
  }

  async #send(sendable: Sendable): Promise<SendOutcome> {
    const { sender, payload, shutdown } = this.#options;
    const { id, url, tries, job, traces } = sendable;
    const attributes = {
      'http.request.method': 'POST',
      'http.request.resend_count': tries,
      'url.full': displayUrl(url),
      'deja.delivery.id': id,
      'deja.job.id': job.id,
      'deja.run.id': job.run,
    };
    const options = {
      kind: SpanKind.CLIENT,
      parent: traces.submission ?? 'none',
      links: [traces.run],
      attributes,
    };
    return await inSpan('deja.webhook.deliver', options, async (span) => {
      const outcome = await sender.send({
        ...{ id, url, body: webhookPayload(sendable, payload), attempt: tries + 1 },
        tenant: job.tenant,
        traceparent: traceparentOf(span) ?? traces.submission,
        signal: shutdown,
      });
      const { statusCode } = outcome;
      if (statusCode !== undefined) span.setAttribute('http.response.status_code', statusCode);
      if (outcome.kind === 'failed') failSpan(span, outcome.reason);
      return outcome;
    });
  }

  async #putBack(sendable: Sendable, refused: Refused): Promise<number | undefined> {
    const { outbox, stopping, log } = this.#options;
    const { id, url, version, tries } = sendable;
    const againMs = Math.min(BUSY_MAX_MS, BUSY_MS * 2 ** (version - tries));
    const busyMs = againMs * (0.5 + Math.random());
    const waitMs = refused.because === 'broken' ? refused.waitMs : busyMs;
    const inMs = stopping.aborted ? 0 : waitMs;
    const isDead = await this.#untilRedisAnswers(() =>
      outbox.putBack(sendable, inMs, this.#maxAgeMs),
    );
    if (!isDead) return inMs;
    log.warn({ delivery: id, url: displayUrl(url), what: refused.because }, 'webhook given up');
    return undefined;
  }

  async #settle(
    sendable: Sendable,
    outcome: SendOutcome,
    durationMs: number,
  ): Promise<number | undefined> {
    const { outbox, log } = this.#options;
    const { id, url, tries } = sendable;
    if (outcome.kind === 'failed' && outcome.reason === 'aborted') {
      await this.#untilRedisAnswers(() => outbox.putBack(sendable, 0));
      return 0;
    }
    const { state, againInMs, what } = this.#decide(sendable, outcome);
    const { statusCode } = outcome;
    const settlement = { state, againInMs, statusCode, durationMs, outcome: what };
    await this.#untilRedisAnswers(() => outbox.settle(sendable, settlement));
    const line = { delivery: id, url: displayUrl(url), attempt: tries + 1, what, statusCode };
    if (state === 'pending') log.info(line, 'webhook not delivered, trying again');
    else if (state !== 'delivered') log.warn(line, 'webhook given up');
    return againInMs;
  }

  #decide({ step }: Sendable, outcome: SendOutcome): Decision {
    if (outcome.kind === 'delivered') return { state: 'delivered', what: 'delivered' };
    if (outcome.kind === 'endpointGone') return { state: 'gone', what: 'gone' };
    const { reason: what, isFinal, retryAfterMs } = outcome;
    const { scheduleS } = this.#options;
    const againInMs = isFinal ? undefined : nextAttemptMs(step + 1, { scheduleS, retryAfterMs });
    return { state: againInMs === undefined ? 'dead' : 'pending', againInMs, what };
  }

  /** Scripts are idempotent: sent again until Redis is back. In the end the row comes again. */
  async #untilRedisAnswers<T>(work: () => Promise<T>): Promise<T> {
    const { shutdown } = this.#options;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!isRedisAway(error) || shutdown.aborted) throw error;
        await delay(REDIS_RETRY_MS, undefined, { signal: shutdown }).catch(() => undefined);
      }
    }
  }
}
