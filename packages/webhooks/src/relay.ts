/**
 * Takes deliveries that are due from the outbox and delivers them (protocol section 7). Every worker
 * does it: it looks each second, when the notifier says so, and when the next row is due.
 *
 * Guarantees, each with a test of the same name:
 *
 *  - a worker takes no more rows than it has free places for: the rest is there for the others;
 *  - a delivery that takes longer than the lease stays this worker's;
 *  - a row that comes again while it is still being delivered is not delivered twice at a time;
 *  - a round that fails is followed by the next one.
 */
import type { Notifier } from '@deja/cache-core/redis';
import type { Logger } from '@deja/runtime';
import type { DeliveryVersion } from './delivery.ts';
import type { Outbox } from './outbox.ts';

export interface RelayOptions {
  readonly outbox: Pick<Outbox, 'take' | 'renew' | 'leaseMs'>;
  /** Resolves when the row is settled: to the time until it is due again, if it is. Unit: ms. */
  readonly deliver: (row: DeliveryVersion) => Promise<number | undefined>;
  /** Deliveries in hand at a time. */
  readonly concurrency: number;
  readonly notifier: Notifier;
  readonly log: Logger;
}

/** Few, so that workers that look at the same time share what is due. */
const BATCH = 50;
const EVERY_MS = 1000;
/** When a row is about to be due. */
const SOON_MS = 20;

/** When it is disposed of it takes nothing more, and waits for what it has in hand. */
export function startRelay(options: RelayOptions): AsyncDisposable {
  const { outbox, deliver, concurrency, notifier, log } = options;
  const inHand = new Map<string, { readonly row: DeliveryVersion; readonly done: Promise<void> }>();
  let stopped = false;
  let isNotified = false;
  let isFull = false;
  let timer: NodeJS.Timeout | undefined;
  let wakeAt = 0;
  let round: Promise<void> | undefined;

  const begin = (row: DeliveryVersion) => {
    const name = `${row.id} ${row.version}`;
    if (inHand.has(name)) return; // its lease was over before it was renewed
    const done = deliver(row)
      .then(dueIn)
      .catch((err) => log.error({ err, delivery: row.id }, 'webhook not settled, it comes again'))
      .then(() => {
        inHand.delete(name);
        if (isFull) wake();
      });
    inHand.set(name, { row, done });
  };

  /** Takes all that there is to take; resolves to the ms until there may be more. */
  const takeAll = async (): Promise<number> => {
    for (;;) {
      isNotified = false;
      const limit = Math.min(BATCH, concurrency - inHand.size);
      isFull = limit === 0;
      if (isFull) return EVERY_MS; // the next free place starts a round
      const { rows, nextInMs } = await outbox.take(limit);
      for (const row of rows) begin(row);
      if (stopped) return EVERY_MS;
      if (rows.length < limit && !isNotified)
        return nextInMs < 0 ? EVERY_MS : Math.min(EVERY_MS, Math.max(SOON_MS, nextInMs));
    }
  };
  const startRound = () => {
    clearTimeout(timer);
    round = takeAll()
      .catch((err: unknown) => {
        log.debug({ err }, 'outbox');
        return EVERY_MS;
      })
      .then((inMs) => {
        round = undefined;
        if (stopped) return;
        if (isNotified || (isFull && inHand.size < concurrency)) return startRound();
        wakeIn(inMs * (0.8 + 0.4 * Math.random()));
      });
  };
  const wake = () => {
    if (!round && !stopped) startRound();
  };
  const wakeIn = (inMs: number) => {
    clearTimeout(timer);
    wakeAt = performance.now() + inMs;
    timer = setTimeout(startRound, inMs);
  };
  /** Does not leave it until the next second. */
  const dueIn = (inMs: number | undefined) => {
    if (inMs === undefined || stopped || round) return;
    if (performance.now() + inMs + SOON_MS < wakeAt) wakeIn(inMs + SOON_MS);
  };

  const onNotify = () => {
    isNotified = true;
    wake();
  };
  const unlisten = [
    notifier.listen((message) => {
      if (message === 'out') onNotify();
    }),
    notifier.onSubscribed(onNotify),
  ];
  const renewing = setInterval(() => {
    const rows = [...inHand.values()].map(({ row }) => row);
    if (rows.length > 0) outbox.renew(rows).catch((err) => log.debug({ err }, 'outbox'));
  }, outbox.leaseMs / 3);
  startRound();
  return {
    async [Symbol.asyncDispose]() {
      stopped = true;
      clearTimeout(timer);
      for (const stop of unlisten) stop();
      await round;
      await Promise.all([...inHand.values()].map(({ done }) => done));
      clearInterval(renewing);
    },
  };
}
