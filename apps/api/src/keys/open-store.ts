/** The store of keys for a command, which has no API process beside it. */
import { setTimeout as delay } from 'node:timers/promises';
import { shardPrefixOf } from '@deja/cache-core/redis';
import { type KeyRecord, KeyStore } from '@deja/keys';
import { hostsOf, openRedisConnections } from '@deja/redis';
import { redisConfigOf, redisSettings } from '@deja/redis/settings';
import { loadConfigOrExit } from '@deja/runtime/settings';
import { z } from 'zod';
import { AuditStream } from '../audit/audit-stream.ts';
import type { AuditAction } from '../audit/schema.ts';

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
  /** Writes into the audit what the command has done. If Redis does not take it, stderr says so. */
  record(action: AuditAction, key: KeyRecord): Promise<void>;
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
  const stream = new AuditStream({ redis, prefix });
  return {
    store: new KeyStore({ redis, prefix }),
    async record(action, { id: target, tenant }) {
      const by = { actor: 'command', tenant, request_id: '-' };
      try {
        await stream.append({ at: new Date().toISOString(), ...by, action, target });
      } catch (error) {
        console.error(`It is not in the audit: ${error instanceof Error ? error.message : error}`);
      }
    },
    [Symbol.dispose]: () => server[Symbol.dispose](),
  };
}
