/** What a replica does once a second for the figures: it renews its leases. */
import { statSync } from 'node:fs';
import type { QueueRedis } from '@deja/jobs';
import type { Logger } from '@deja/runtime';
import type { ApiContext } from '../context.ts';
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

export interface FiguresKeeperOptions {
  readonly leases: ApiContext['leases'];
  readonly log: Logger;
}

export function startFiguresKeeper({ leases, log }: FiguresKeeperOptions): AsyncDisposable {
  const all = Object.values(leases);
  const onError = (err: unknown) => log.debug({ err }, 'figures');
  let round = Promise.resolve();
  let isBusy = false;
  const next = async () => {
    isBusy = true;
    await Promise.all(all.map((lease) => lease.renew()));
  };
  const tick = () => {
    if (isBusy) return;
    round = next()
      .catch(onError)
      .finally(() => {
        isBusy = false;
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
