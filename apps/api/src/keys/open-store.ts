/** The store of keys for a command, which has no API process beside it. */
import { setTimeout as delay } from 'node:timers/promises';
import { shardPrefixOf } from '@deja/cache-core/redis';
import { KeyStore } from '@deja/keys';
import { hostsOf, openRedisConnections } from '@deja/redis';
import { redisConfigOf, redisSettings } from '@deja/redis/settings';
import { loadConfigOrExit } from '@deja/runtime/settings';
import { z } from 'zod';

const PATIENCE_MS = 5000;
const POLL_MS = 20;
const QUIET = { warn() {}, info() {} };

/** Redis could not be reached within 5 s. Nothing was changed. */
export class NoRedisError extends Error {
  override readonly name = 'NoRedisError';
  readonly code = 'NO_REDIS';

  constructor(hosts: string, reason = 'no connection') {
    super(`Redis does not answer: ${hosts}: ${reason}`);
  }
}

export interface OpenKeyStore extends Disposable {
  readonly store: KeyStore;
}

/** @throws NoRedisError. Exits with 1 if the settings are wrong. */
export async function openKeyStore(env: NodeJS.ProcessEnv): Promise<OpenKeyStore> {
  const { redisUrl: url, redisPrefix } = redisConfigOf(
    loadConfigOrExit(z.object(redisSettings), env),
  );
  const prefix = shardPrefixOf(redisPrefix);
  const server = openRedisConnections({
    ...{ url, role: 'queue', probeKeys: [`${prefix}none`], log: QUIET },
  });
  const redis = server.connect('request');
  const deadline = performance.now() + PATIENCE_MS;
  while (redis.status !== 'ready' && performance.now() < deadline) await delay(POLL_MS);
  if (redis.status !== 'ready') {
    const { trouble } = server;
    server[Symbol.dispose]();
    throw new NoRedisError(hostsOf(url), trouble);
  }
  return {
    store: new KeyStore({ redis, prefix }),
    [Symbol.dispose]: () => server[Symbol.dispose](),
  };
}
