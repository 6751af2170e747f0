import { ADMIN_TENANT } from '@deja/keys';
import { openKeyStore } from './open-store.ts';

/**
 * An admin key where there has never been a key. Undefined: there are keys, or were.
 *
 * @throws NoRedisError
 */
export async function createFirstAdminKey(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  using opened = await openKeyStore(env);
  if ((await opened.store.list()).length > 0) return undefined;
  const rights = { tenant: ADMIN_TENANT, scopes: ['admin'], limits: {}, weight: 1 } as const;
  const { key, record } = await opened.store.create({ name: 'first', ...rights });
  await opened.record('key.created', record);
  return key;
}
