import { setTimeout as delay } from 'node:timers/promises';
import { isRedisAway } from '@deja/redis';
import type { Logger } from '@deja/runtime';
import { GivenBackError } from './errors.ts';

const REDIS_RETRY_MS = 500;

export interface Patience {
  /** Aborts when the worker's time to drain is up. */
  readonly shutdown: AbortSignal;
  readonly log: Logger;
}

/**
 * Scripts are idempotent: they are sent again until Redis is back.
 *
 * @throws GivenBackError when this process must end.
 */
export async function untilRedisAnswers<T>(
  work: () => Promise<T>,
  { shutdown, log }: Patience,
): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isRedisAway(error)) throw error;
      if (shutdown.aborted) throw new GivenBackError({ cause: error });
      log.debug({ err: error }, 'queue redis did not answer, trying again'); // the connections warn
      await pause(REDIS_RETRY_MS, shutdown);
    }
  }
}

/** About `ms`, or until `signal` aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
}
