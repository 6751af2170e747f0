/**
 * Takes one turn of a delivery to its end: sent and settled, or put back.
 *
 *  read (R30) ──► the host's gate ──► send ──► settle: delivered, gone, dead, or due again
 *                    └─ busy, broken: put back, no try is used up, until it is too old
 *
 * A crash between the receiver's answer and `settle` sends once more, with the same id. A shutdown
 * gives back what it interrupts.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { DeliveryStore, Sendable, Settlement, Turn } from '@deja/jobs';
import { isRedisAway } from '@deja/redis';
import type { Logger } from '@deja/runtime';
import {
  displayUrl,
  type HostGates,
  nextAttemptMs,
  type Permit,
  type SendOutcome,
  type WebhookSender,
} from '@deja/webhooks';
import { type BodyOptions, webhookBody } from './body.ts';

export interface DelivererOptions {
  readonly deliveries: DeliveryStore;
  readonly sender: Pick<WebhookSender, 'send'>;
  readonly gates: Pick<HostGates, 'waitToEnter'>;
  readonly scheduleS: readonly number[];
  readonly body: BodyOptions;
  /** Called when a delivery will be due again. Unit: ms from then. */
  readonly onDue: (inMs: number) => void;
  readonly log: Logger;
  /** Aborts when the worker stops: nothing waits at a gate any more. */
  readonly stopping: AbortSignal;
  /** Aborts when its time to finish is up: nothing is sent any more. */
  readonly shutdown: AbortSignal;
}

type Refused = Extract<Permit, { isOpen: false }>;

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

  async deliver(turn: Turn): Promise<void> {
    const { deliveries, gates, stopping } = this.#options;
    const sendable = await this.#untilRedisAnswers(() => deliveries.read(turn));
    if (!sendable) return;
    const permit = await gates.waitToEnter(sendable.url, { timeoutMs: LINE_MS, signal: stopping });
    if (!permit.isOpen) return await this.#putBack(sendable, permit);
    let outcome: SendOutcome | undefined;
    const startedAt = performance.now();
    try {
      outcome = await this.#send(sendable);
    } finally {
      permit.leave(outcome);
    }
    await this.#settle(sendable, outcome, performance.now() - startedAt);
  }

  async #send(sendable: Sendable): Promise<SendOutcome> {
    const { sender, body, shutdown } = this.#options;
    const { id, url, tries, trace } = sendable;
    return await sender.send({
      ...{ id, url, body: webhookBody(sendable, body), attempt: tries + 1 },
      traceparent: trace,
      signal: shutdown,
    });
  }

  async #putBack(sendable: Sendable, refused: Refused): Promise<void> {
    const { deliveries, stopping, onDue, log } = this.#options;
    const againMs = Math.min(BUSY_MAX_MS, BUSY_MS * 2 ** (sendable.turn - sendable.tries));
    const busyMs = againMs * (0.5 + Math.random());
    const inMs = stopping.aborted ? 0 : refused.because === 'broken' ? refused.waitMs : busyMs;
    const isOver = await this.#untilRedisAnswers(() =>
      deliveries.putBack(sendable, inMs, this.#maxAgeMs),
    );
    onDue(inMs);
    const { id, url } = sendable;
    if (isOver)
      log.warn({ delivery: id, url: displayUrl(url), what: refused.because }, 'webhook given up');
  }

  async #settle(sendable: Sendable, outcome: SendOutcome, durationMs: number): Promise<void> {
    const { deliveries, onDue, log } = this.#options;
    const what = outcome.kind === 'failed' ? outcome.reason : outcome.kind;
    if (what === 'aborted') {
      await this.#untilRedisAnswers(() => deliveries.putBack(sendable, 0));
      return;
    }
    const after = this.#after(sendable, outcome);
    const { statusCode } = outcome;
    const settlement = { ...after, statusCode, durationMs, outcome: what };
    await this.#untilRedisAnswers(() => deliveries.settle(sendable, settlement));
    if (outcome.kind === 'delivered') return;
    if (after.againInMs !== undefined) onDue(after.againInMs);
    const { id, url, tries } = sendable;
    const line = { delivery: id, url: displayUrl(url), attempt: tries + 1, what, statusCode };
    if (after.state === 'pending') log.info(line, 'webhook not delivered, trying again');
    else log.warn(line, 'webhook given up');
  }

  #after({ step }: Sendable, outcome: SendOutcome): Pick<Settlement, 'state' | 'againInMs'> {
    if (outcome.kind !== 'failed') return { state: outcome.kind };
    const { scheduleS } = this.#options;
    const { isFinal, retryAfterMs } = outcome;
    const againInMs = isFinal ? undefined : nextAttemptMs(step + 1, { scheduleS, retryAfterMs });
    return againInMs === undefined ? { state: 'dead' } : { state: 'pending', againInMs };
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
