/**
 * `npm run keys`, in a container `node apps/api/dist/keys.js`: makes, lists, revokes and rotates API keys
 * (docs/operations.md#api-keys), and tells the webhook secret of a tenant. It asks Redis and no process, so
 * it also makes the first key.
 *
 * A secret goes to stdout, and nothing else does but lists; the rest goes to stderr. What is wrong is one
 * line there, and exit code 1.
 */
import type { CreatedKey, KeyStore, KeysError } from '@deja/keys';
import { isRedisAway } from '@deja/redis';
import { loadConfigOrExit } from '@deja/runtime/settings';
import { webhookSettings } from '@deja/webhooks/settings';
import { z } from 'zod';
import { type KeyCommand, parseArguments, USAGE, UsageError } from './keys/arguments.ts';
import { keyTable } from './keys/key-table.ts';
import { listKeys } from './keys/list-keys.ts';
import { type NoRedisError, openKeyStore } from './keys/open-store.ts';

/** Webhooks are off. */
class NoSecretError extends Error {
  override readonly name = 'NoSecretError';
  readonly code = 'NO_SECRET';

  constructor() {
    super('there is no WEBHOOK_SECRET: give the command the one that API and workers have');
  }
}

type Expected = KeysError | NoRedisError | NoSecretError;
const EXPECTED: ReadonlySet<unknown> = new Set<Expected['code']>([
  ...(['TOO_MANY_KEYS', 'KEY_NOT_FOUND', 'KEY_ENDED', 'NO_REDIS', 'NO_SECRET'] as const),
]);

try {
  const command = parseArguments(process.argv.slice(2));
  if (command.do === 'help') console.log(USAGE);
  else if (command.do === 'webhook-secret') await tellSecrets(command.tenant);
  else await carryOut(command);
} catch (error) {
  console.error(reasonOf(error));
  process.exitCode = 1;
}

type StoreCommand = Exclude<KeyCommand, { do: 'help' | 'webhook-secret' }>;

async function carryOut(command: StoreCommand): Promise<void> {
  using opened = await openKeyStore(process.env);
  const { store } = opened;
  if (command.do === 'create') {
    const created = await store.create(command.wanted);
    show(created);
    await opened.record('key.created', created.record);
  }
  if (command.do === 'rotate') {
    const { replaced, ...created } = await store.rotate(command.id);
    show(created);
    console.error(`The key ${replaced.id} works until ${iso(replaced.expiresAt)}.`);
    await opened.record('key.rotated', replaced);
  }
  if (command.do === 'revoke') {
    const revoked = await store.revoke(command.id);
    const { id, name, tenant } = revoked;
    console.error(`The key ${id} (${name}, tenant ${tenant}) is revoked.`);
    await opened.record('key.revoked', revoked);
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

/** One for each secret of the setting, in its order: the new one comes first while two are in use. */
async function tellSecrets(tenant: string): Promise<void> {
  const { WEBHOOK_SECRET } = webhookSettings;
  const { WEBHOOK_SECRET: secrets } = loadConfigOrExit(z.object({ WEBHOOK_SECRET }), process.env);
  if (secrets === undefined) throw new NoSecretError();
  const { secretOfTenant } = await import('@deja/webhooks'); // half a second to load
  for (const secret of secrets) console.log(secretOfTenant(secret, tenant));
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
