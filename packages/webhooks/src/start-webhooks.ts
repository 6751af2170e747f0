/** Delivers webhooks in this process, apart from all else that it does, until it is disposed of. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Notifier } from '@deja/cache-core/redis';
import type { JobLimits, QueueShards, Receiver } from '@deja/jobs';
import type { Logger } from '@deja/runtime';
import { Deliverer } from './deliverer.ts';
import { HostGates } from './host-gates.ts';
import { Outbox } from './outbox.ts';
import { startRelay } from './relay.ts';
import { WebhookSender } from './sender.ts';
import type { DeliveryConfig, WebhookConfig } from './settings.ts';

export interface WebhooksOptions {
  readonly config: DeliveryConfig &
    Pick<WebhookConfig, 'webhookPolicy'> & {
      readonly jobLimits: Pick<JobLimits, 'retainMs'>;
    };
  readonly secrets: readonly string[];
  /** Their connection must fail fast. */
  readonly queues: QueueShards;
  readonly notifier: Notifier;
  readonly log: Logger;
}

/** What is under way when the process stops may take so long, and is given back after that. */
const FINISH_MS = 1000;
const CLOSE_MS = 1000;

interface Webhooks extends AsyncDisposable {
  /** The hosts that this process sent to last. */
  receivers(): readonly Receiver[];
}

export function startWebhooks(options: WebhooksOptions): Webhooks {
  const { config, secrets, queues, notifier, log } = options;
  const { jobLimits, webhookConcurrency: concurrency, publicUrl } = config;
  const stopping = new AbortController();
  const shutdown = new AbortController();
  const outbox = new Outbox(queues);
  const sender = new WebhookSender({
    policy: config.webhookPolicy,
    secrets,
    timeoutMs: config.webhookTimeoutMs,
  });
  const gates = new HostGates({
    maxPerHost: config.webhookMaxPerHost,
    maxUnproven: Math.ceil(concurrency / 4),
    maxWaitingPerHost: Math.ceil(concurrency / 2),
    maxWaiting: Math.ceil((concurrency * 3) / 4),
  });
  const deliverer = new Deliverer({
    outbox,
    sender,
    gates,
    scheduleS: config.webhookScheduleS,
    payload: { retainMs: jobLimits.retainMs, publicUrl },
    log,
    stopping: stopping.signal,
    shutdown: shutdown.signal,
  });
  const deliver = deliverer.deliver.bind(deliverer);
  const relay = startRelay({ outbox, deliver, concurrency, notifier, log });
  return {
    receivers: () => gates.receivers(),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      const giveBack = setTimeout(() => shutdown.abort(), FINISH_MS);
      await Promise.race([relay[Symbol.asyncDispose](), delay(FINISH_MS + CLOSE_MS)]);
      clearTimeout(giveBack);
      shutdown.abort();
      await sender.close();
    },
  };
}
