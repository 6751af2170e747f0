/**
 * What a replica does for the figures once a second: it renews its leases, and if it holds that of the
 * figures, it records the minute that is over.
 */
import { statSync } from 'node:fs';
import type { RedisClient } from '@deja/cache-core/redis';
import type { QueueRedis } from '@deja/jobs';
import type { ApiContext } from '../context.ts';
import { countsOf, gaugesOf, merge } from '../history/series.ts';
import { Lease } from './lease.ts';

const EVERY_MS = 1000;

/** @param cacheDir Undefined: there is no disk tier, and nobody tells what it holds. */
export function openLeases(
  queue: QueueRedis,
  replica: string,
  cacheDir: string | undefined,
): ApiContext['leases'] {
  const disk = cacheDir === undefined ? 'none' : diskIdOf(cacheDir);
  return {
    figures: new Lease(queue, 'figures', replica),
    disk: new Lease(queue, `disk:${disk}`, replica),
  };
}

/** The same for all processes that use this directory, and for no other. */
function diskIdOf(dir: string): string {
  const { dev, ino, birthtimeMs } = statSync(dir);
  return [dev, ino, Math.floor(birthtimeMs)].join('.');
}

type Needs = 'leases' | 'history' | 'work' | 'counters' | 'figures' | 'deliveries' | 'log';

/** All counts at this moment, over all processes. */
export async function readCounts({
  counters,
  figures,
  deliveries,
}: Pick<ApiContext, 'counters' | 'figures' | 'deliveries'>) {
  const [{ totals, since }, { times }, outbox] = await Promise.all([
    counters.read(),
    figures.queues(),
    deliveries.readOutbox(),
  ]);
  const counts = countsOf({ totals, times, deliveries: outbox.counts });
  return { totals, since, counts, outbox };
}

/** @param redis Its clock says which minute it is. */
export function startFiguresKeeper(
  context: Pick<ApiContext, Needs>,
  redis: Pick<RedisClient, 'time'>,
): AsyncDisposable {
  const { leases, log, history, work } = context;
  const all = Object.values(leases);
  const onError = (err: unknown) => log.debug({ err }, 'figures');
  let gauges = new Map<string, number>();
  let recorded = 0;

  const next = async () => {
    await Promise.all(all.map((lease) => lease.renew()));
    if (!leases.figures.isHeld) return;
    const [nowS] = await redis.time();
    const minute = Math.floor(Number(nowS) / 60) - 1;
    if (minute > recorded) {
      const { counts, since } = await readCounts(context);
      await history.record(minute, { counts, gauges, countingSince: since });
      recorded = minute;
      gauges = new Map();
    }
    gauges = merge(gauges, gaugesOf(await work.read()));
  };
  let round: Promise<void> | undefined;
  const tick = () => {
    round ??= next()
      .catch(onError)
      .finally(() => {
        round = undefined;
      });
  };
  tick();
  const timer = setInterval(tick, EVERY_MS);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await round;
      await Promise.all(all.map((lease) => lease.giveUp())).catch(onError);
    },
  };
}
