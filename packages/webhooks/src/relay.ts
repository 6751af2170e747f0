/**
 * Takes deliveries that are due from the outbox and delivers them (docs/protocol.md#outbox). Every worker
 * does it: it looks each second, when the notifier says so, and when the next row is due.
 *
 * Guarantees, each with a test of the same name:
 *
 *  - a worker takes no more rows than it has free places for: the rest is there for the others;
 *  - a tenant has at most as many places as are free: it leaves some for the others;
 *  - a delivery that takes longer than the lease stays this worker's;
 *  - a row that comes again while it is still being delivered is not delivered twice at a time;
 *  - a round that fails is followed by the next one.
 */
import type { Notifier } from '@deja/cache-core/redis';
import { type Logger, SharedBound } from '@deja/runtime';
import type { DeliveryVersion } from './delivery.ts';
import type { Outbox, TakenRow } from './outbox.ts';

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
  const places = new SharedBound(concurrency);
  /** A free place lets it take more. */
  let isFull = false;
  /** Ends the wait that follows the present round; new with each round, so that no call is missed. */
  let wait = Promise.withResolvers<void>();
  const wake = () => wait.resolve();

  const begin = (row: TakenRow) => {
    const name = `${row.id} ${row.version}`;
    if (inHand.has(name)) return; // its lease was over before it was renewed
    const place = places.hold(row.tenant);
    const done = deliver(row)
      .then((againInMs = EVERY_MS) => {
        if (againInMs < EVERY_MS) setTimeout(wake, againInMs + SOON_MS).unref();
      })
      .catch((err) => log.error({ err, delivery: row.id }, 'webhook not settled, it comes again'))
      .then(() => {
        inHand.delete(name);
        place[Symbol.dispose]();
        if (isFull) wake();
      });
    inHand.set(name, { row, done });
  };

  /** Resolves to the time until there may be more to take. Unit: ms. */
  const take = async (): Promise<number> => {
    const limit = Math.min(BATCH, concurrency - inHand.size);
    isFull = limit === 0;
    if (isFull) return EVERY_MS; // the next free place ends the wait
    const free = concurrency - inHand.size;
    const { rows, isHeldBack, nextInMs } = await outbox.take(limit, { free, held: places.held });
    for (const row of rows) begin(row);
    isFull = isHeldBack;
    if (rows.length === limit) return 0;
    return nextInMs < 0 ? EVERY_MS : Math.min(EVERY_MS, Math.max(SOON_MS, nextInMs));
  };
  const takeUntilStopped = async () => {
    while (!stopped) {
      wait = Promise.withResolvers();
      const inMs = await take().catch((err: unknown) => {
        log.debug({ err }, 'outbox');
        return EVERY_MS;
      });
      if (inMs === 0 || stopped) continue;
      const timer = setTimeout(wake, inMs * (0.8 + 0.4 * Math.random()));
      await wait.promise;
      clearTimeout(timer);
    }
  };

  const unlisten = [
    notifier.listen((message) => {
      if (message === 'out') wake();
    }),
    notifier.onSubscribed(wake),
  ];
  const renewing = setInterval(() => {
    const rows = [...inHand.values()].map(({ row }) => row);
    if (rows.length > 0) outbox.renew(rows).catch((err) => log.debug({ err }, 'outbox'));
  }, outbox.leaseMs / 3);
  const taking = takeUntilStopped();
  return {
    async [Symbol.asyncDispose]() {
      stopped = true;
      wake();
      for (const stop of unlisten) stop();
      await taking;
      await Promise.all([...inHand.values()].map(({ done }) => done));
      clearInterval(renewing);
    },
  };
}
