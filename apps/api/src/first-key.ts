/**
 * Where `AUTH=auto` requires keys, an API that knows none would answer 401 to everybody, and whoever
 * started it has not said so: it does not start.
 *
 * That keys are required follows from AUTH and HOST alone. What Redis holds decides only whether
 * starting is of use, so a Redis that is away, or emptied later, opens nothing.
 */
import { presentKey } from '@deja/keys';
import type { ApiContext } from './context.ts';

export const NO_KEY =
  'AUTH=auto needs an API key where HOST is not loopback, and there is none: make one (npm run keys), name one (ADMIN_KEY_SHA256), start without one (AUTH=required), or let everybody in (AUTH=off)';

/** False if Redis does not answer. */
export async function lacksFirstKey({
  config,
  keyStore,
  log,
}: Pick<ApiContext, 'config' | 'keyStore' | 'log'>): Promise<boolean> {
  if (!config.needsFirstKey || config.adminKeySha256 !== undefined) return false;
  try {
    const now = Date.now();
    const keys = await keyStore.list();
    return keys.every(({ record }) => presentKey(record, now).state !== 'active');
  } catch (err) {
    log.warn({ err }, 'Redis does not answer: whether there is an API key is not known');
    return false;
  }
}
