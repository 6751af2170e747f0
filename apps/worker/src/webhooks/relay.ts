/**
 * Hands deliveries that are due from the outbox to the queue (docs/protocol.md#outbox): each
 * second, when the notifier rings, and when the next row is due. Every worker does it, each row is
 * one worker's.
 *
 * What is handed over and lost comes again after the row's lease. What could not be handed over is
 * kept here and handed over with the next round: the same ids, so twice is once.
 */
import type { Notifier } from '@deja/cache-core/redis';
import type { DeliveryStore, Turn, WebhookQueue } from '@deja/jobs';

export interface OutboxRelayOptions {
  readonly deliveries: Pick<DeliveryStore, 'take'>;
  readonly queue: WebhookQueue;
  readonly notifier: Notifier;
  /** Called with what a round failed of; the next round comes all the same. */
  readonly onError: (error: unknown) => void;
}

const BATCH = 200;
const EVERY_MS = 1000;
/** When the queue is full, or a row is about to be due. */
const SOON_MS = 20;

export interface OutboxRelay extends AsyncDisposable {
  /** A row will be due in `inMs`: do not wait for the next second. */
  dueIn(inMs: number): void;
}

export function startOutboxRelay({
  deliveries,
  queue,
  notifier,
  onError,
}: OutboxRelayOptions): OutboxRelay {
  let stopped = false;
  let isNotified = false;
  let timer: NodeJS.Timeout | undefined;
  let wakeAt = 0;
  let round: Promise<void> | undefined;
  let pending: readonly Turn[] = [];

  /** Moves all that there is to move; resolves to the ms until there may be more. */
  const move = async (): Promise<number> => {
    for (;;) {
      isNotified = false;
      if (pending.length === 0) {
        const { rows, nextInMs } = await deliveries.take(BATCH);
        if (rows.length === 0 && !isNotified)
          return nextInMs < 0 ? EVERY_MS : Math.min(EVERY_MS, Math.max(SOON_MS, nextInMs));
        pending = rows;
      }
      if (pending.length > 0) await queue.add(pending);
      pending = [];
    }
  };
  const wakeIn = (inMs: number) => {
    clearTimeout(timer);
    wakeAt = performance.now() + inMs;
    timer = setTimeout(start, inMs);
  };
  const start = () => {
    clearTimeout(timer);
    round = move()
      .catch((error: unknown) => {
        onError(error);
        return EVERY_MS;
      })
      .then((inMs) => {
        round = undefined;
        if (stopped) return;
        if (isNotified) return start();
        wakeIn(inMs * (0.8 + 0.4 * Math.random()));
      });
  };
  const onNotify = () => {
    isNotified = true;
    if (!round && !stopped) start();
  };
  const unlisten = [
    notifier.listen((message) => {
      if (message === 'out') onNotify();
    }),
    notifier.onSubscribed(onNotify),
  ];
  start();
  return {
    dueIn(inMs) {
      if (!stopped && !round && performance.now() + inMs + SOON_MS < wakeAt) wakeIn(inMs + SOON_MS);
    },
    async [Symbol.asyncDispose]() {
      stopped = true;
      clearTimeout(timer);
      for (const stop of unlisten) stop();
      await round;
    },
  };
}
