/** A store of keys with processes that verify them, on a real Redis, for tests. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createNotifier, shardPrefixOf } from '@deja/cache-core/redis';
import { Redis } from 'ioredis';
import { inject } from 'vitest';
import {
  createKeyVerifier,
  KeyStore,
  type KeyStoreOptions,
  newKeySchema,
  SessionStore,
  type VerifierOptions,
} from '../src/index.ts';

interface VerifierSetup extends Partial<VerifierOptions> {
  /** It hears no notification. */
  readonly deaf?: boolean;
}

export async function openKeys({
  url = inject('redisUrl'),
  ...options
}: Partial<KeyStoreOptions> & { readonly url?: string } = {}) {
  const resources = new AsyncDisposableStack();
  const prefix = shardPrefixOf(`t${randomUUID().slice(0, 8)}`);
  const connect = async (): Promise<Redis> => {
    const redis = new Redis(url, { enableOfflineQueue: false, retryStrategy: () => 50 });
    redis.on('error', () => {});
    resources.defer(() => redis.disconnect());
    await once(redis, 'ready');
    return redis;
  };
  const redis = await connect();
  const store = new KeyStore({ redis, prefix, ...options });
  const sessions = new SessionStore({ redis, prefix });

  return {
    prefix,
    redis,
    store,
    sessions,
    connect,
    /** A process of its own, as far as Redis can tell. */
    async openVerifier({ deaf = false, ...setup }: VerifierSetup = {}) {
      const connection = setup.redis ?? (await connect());
      const channel = `${prefix}notify${deaf ? ':nobody' : ''}`;
      const notifier = resources.use(createNotifier(await connect(), channel));
      const verifier = createKeyVerifier({
        ...{ redis: connection, notifier, prefix, serveUnverifiedMs: 60_000 },
        ...setup,
      });
      resources.use(verifier);
      return { redis: connection as Redis, verifier };
    },
    async [Symbol.asyncDispose]() {
      await resources.disposeAsync();
    },
  };
}

/** Rights as somebody asks for them. */
export const rights = (more: object = {}) =>
  newKeySchema.parse({ tenant: 'acme', name: 'ci', scopes: ['ask', 'read'], ...more });
