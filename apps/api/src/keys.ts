/**
 * `npm run keys`, in a container `node apps/api/dist/keys.js`: makes, lists, revokes and rotates API keys
 * (docs/operations.md#api-keys). It asks Redis and no process, so it also makes the first key.
 *
 * A key goes to stdout, and nothing else does but lists; the rest goes to stderr. What is wrong is one
 * line there, and exit code 1.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { shardPrefixOf } from '@deja/cache-core/redis';
import { type CreatedKey, KeyStore, type KeysError } from '@deja/keys';
import { hostsOf, isRedisAway, openRedisConnections } from '@deja/redis';
import { redisConfigOf, redisSettings } from '@deja/redis/settings';
import { loadConfigOrExit } from '@deja/runtime/settings';
import { z } from 'zod';
import { type KeyCommand, parseArguments, USAGE, UsageError } from './keys/arguments.ts';
import { keyTable } from './keys/key-table.ts';
import { listKeys } from './keys/list-keys.ts';

const PATIENCE_MS = 5000;
const POLL_MS = 20;
const QUIET = { warn() {}, info() {} };

class NoRedisError extends Error {
  override readonly name = 'NoRedisError';
  readonly code = 'NO_REDIS';

  constructor(hosts: string, reason = 'no connection') {
    super(`Redis does not answer: ${hosts}: ${reason}`);
  }
}

type Expected = KeysError | NoRedisError;
const EXPECTED: ReadonlySet<unknown> = new Set<Expected['code']>([
  ...(['TOO_MANY_KEYS', 'KEY_NOT_FOUND', 'KEY_ENDED', 'NO_REDIS'] as const),
]);

try {
  const command = parseArguments(process.argv.slice(2));
  if (command.do === 'help') console.log(USAGE);
  else await carryOut(command);
} catch (error) {
  console.error(reasonOf(error));
  process.exitCode = 1;
}

async function carryOut(command: Exclude<KeyCommand, { do: 'help' }>): Promise<void> {
  const env = loadConfigOrExit(z.object(redisSettings), process.env);
  const { redisUrl: url, redisPrefix } = redisConfigOf(env);
  const prefix = shardPrefixOf(redisPrefix);
  using server = openRedisConnections({
    ...{ url, role: 'queue', probeKeys: [`${prefix}none`], log: QUIET },
  });
  const redis = server.connect('request');
  const deadline = performance.now() + PATIENCE_MS;
  while (redis.status !== 'ready' && performance.now() < deadline) await delay(POLL_MS);
  if (redis.status !== 'ready') throw new NoRedisError(hostsOf(url), server.trouble);
  const store = new KeyStore({ redis, prefix });
  if (command.do === 'create') show(await store.create(command.wanted));
  if (command.do === 'rotate') {
    const { replaced, ...created } = await store.rotate(command.id);
    show(created);
    console.error(`The key ${replaced.id} works until ${iso(replaced.expiresAt)}.`);
  }
  if (command.do === 'revoke') {
    const { id, name, tenant } = await store.revoke(command.id);
    console.error(`The key ${id} (${name}, tenant ${tenant}) is revoked.`);
  }
  if (command.do === 'list') await list(store, command);
}

function show({ key, record: { id, name, tenant, scopes, expiresAt } }: CreatedKey): void {
  console.log(key);
  const end = expiresAt === undefined ? 'does not expire' : `expires ${iso(expiresAt)}`;
  console.error(`The key ${id} (${name}, tenant ${tenant}: ${scopes.join(', ')}) ${end}.`);
  console.error('This is the only time that it is shown.');
}

async function list(
  store: KeyStore,
  { asJson, withOld }: { readonly asJson: boolean; readonly withOld: boolean },
): Promise<void> {
  const keys = await listKeys(store, { withOld });
  if (asJson) console.log(JSON.stringify(keys, undefined, 2));
  else if (keys.length > 0) console.log(keyTable(keys));
  else console.error('There are no keys.');
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) throw error;
  if (error instanceof UsageError) return `${error.message} (npm run keys -- --help)`;
  if ('code' in error && EXPECTED.has(error.code)) return error.message;
  if (isRedisAway(error)) return `Redis: ${error.message}`;
  throw error;
}

function iso(ms = 0): string {
  return new Date(ms).toISOString();
}
