/**
 * Hands deliveries that are due from the outbox to the queue (protocol section 7): each second, when
 * the bell rings, and when the next row is due. Every worker does it, each row is one worker's.
 *
 * What is handed over and lost comes again after the row's lease. What could not be handed over is
 * kept here and handed over with the next round: the same ids, so twice is once.
 */
import type { Bell } from '@deja/cache-core/redis';
import type { DeliveryStore, Turn, WebhookQueue } from '@deja/jobs';

export interface MoverOptions {
  readonly deliveries: Pick<DeliveryStore, 'take'>;
  readonly queue: WebhookQueue;
  readonly bell: Bell;
  /** Called with what a round failed of; the next round comes all the same. */
  readonly onError: (error: unknown) => void;
}

const BATCH = 200;
const EVERY_MS = 1000;
/** When the queue is full, or a row is about to be due. */
const SOON_MS = 20;

export interface Mover extends AsyncDisposable {
  /** A row will be due in `inMs`: do not wait for the next second. */
  dueIn(inMs: number): void;
}

export function startMover({ deliveries, queue, bell, onError }: MoverOptions): Mover {
  let stopped = false;
  let isRung = false;
  let timer: NodeJS.Timeout | undefined;
  let wakeAt = 0;
  let round: Promise<void> | undefined;
  let owed: readonly Turn[] = [];

  /** Moves all that there is to move; resolves to the ms until there may be more. */
  const move = async (): Promise<number> => {
    for (;;) {
      isRung = false;
      if (owed.length === 0) {
        const { rows, nextInMs } = await deliveries.take(BATCH);
        if (rows.length === 0 && !isRung)
          return nextInMs < 0 ? EVERY_MS : Math.min(EVERY_MS, Math.max(SOON_MS, nextInMs));
        owed = rows;
      }
      if (owed.length > 0) await queue.add(owed);
      owed = [];
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
        if (isRung) return start();
        wakeIn(inMs * (0.8 + 0.4 * Math.random()));
      });
  };
  const ring = () => {
    isRung = true;
    if (!round && !stopped) start();
  };
  const unlisten = [
    bell.listen((message) => {
      if (message === 'out') ring();
    }),
    bell.onSubscribed(ring),
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
