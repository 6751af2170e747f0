/** The command of API keys, as a process of its own. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { shardPrefixOf } from '@deja/cache-core/redis';
import { type KeyDocument, KeyStore, type KeyStoreOptions, type NewKey } from '@deja/keys';
import { startOwnRedis } from '@deja/local-redis';
import { secretOfTenant } from '@deja/webhooks';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { AuditStream } from '../src/audit/audit-stream.ts';

const IN_A_CONTAINER = fileURLToPath(new URL('../src/keys.ts', import.meta.url));
const IN_THE_TREE = fileURLToPath(new URL('../../../scripts/keys.ts', import.meta.url));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function runProgram(program: string, args: readonly string[], env: object, cwd?: string) {
  return new Promise<Ended>((resolve) => {
    execFile(
      process.execPath,
      ['--conditions=development', program, ...args],
      { env: { PATH: process.env.PATH, ...env }, ...(cwd !== undefined && { cwd }) },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

function openCommand(options: Pick<KeyStoreOptions, 'now'> = {}) {
  const namespace = `t${randomUUID().slice(0, 8)}`;
  const redis = new Redis(inject('redisUrl'));
  const env = { REDIS_URL: inject('redisUrl'), REDIS_PREFIX: namespace };
  return {
    store: new KeyStore({ redis, prefix: shardPrefixOf(namespace), ...options }),
    audit: new AuditStream({ redis, prefix: shardPrefixOf(namespace) }),
    run: (...args: string[]) => runProgram(IN_A_CONTAINER, args, env),
    [Symbol.dispose]: () => redis.disconnect(),
  };
}

const ACME = {
  ...{ tenant: 'acme', name: 'ci', scopes: ['ask', 'read'], limits: {}, weight: 1 },
} satisfies NewKey;
const CREATE = ['create', '--tenant', 'acme', '--name', 'ci', '--scopes', 'ask,read'];

test('create prints the key alone on stdout, and about it on stderr', async () => {
  using command = openCommand();

  const limits = ['--rpm', '600', '--weight', '2', '--max-open-runs=5', '--max-input-mb', '3'];
  const made = await command.run(
    ...[...CREATE, '--models', 'forecast, sentiment', '--expires', '90d', ...limits],
  );

  expect(made.stdout).toMatch(/^deja_sk_[0-9A-Za-z]{48}\n$/);
  const id = made.stdout.slice(8, 18);
  expect(made.stderr).toMatch(
    new RegExp(
      `^The key ${id} \\(ci, tenant acme: ask, read\\) expires 20.*\nThis is the only time that it is shown.\n$`,
    ),
  );
  expect(made.stderr).not.toContain(made.stdout.trim());
  expect((await command.store.find(id))?.record).toMatchObject({
    ...{ tenant: 'acme', name: 'ci', scopes: ['ask', 'read'], models: ['forecast', 'sentiment'] },
    ...{ limits: { rpm: 600, maxOpenRuns: 5, maxInputMb: 3 }, weight: 2 },
  });
});

test('an admin key needs no tenant', async () => {
  using command = openCommand();

  const made = await command.run('create', '--name', 'ops', '--scopes', 'admin');

  expect(made.stdout).toMatch(/^deja_ad_/);
  expect(made.stderr).toContain('tenant admin: admin) does not expire');
});

test('list is an aligned table, and --json a document, without any key', async () => {
  using command = openCommand();
  const none = await command.run('list');
  const { key, record } = await command.store.create({ ...ACME, expiresInMs: 86_400_000 });
  await setTimeout(2); // the newest one is first, and of one millisecond any
  await command.store.create({ ...ACME, tenant: 'admin', name: 'operators', scopes: ['admin'] });

  const table = await command.run('list');
  const json = await command.run('list', '--json');

  expect(none).toEqual({ code: 0, stdout: '', stderr: 'There are no keys.\n' });
  const rows = table.stdout.trimEnd().split('\n');
  expect(rows).toHaveLength(3);
  const at = String(rows[0]).indexOf('SCOPES');
  expect(rows.map((row) => row.slice(at).split(' ')[0])).toEqual(['SCOPES', 'admin', 'ask,read']);
  const documents = JSON.parse(json.stdout) as KeyDocument[];
  expect(documents[1]).toEqual({
    ...{ id: record.id, tenant: 'acme', name: 'ci', scopes: ['ask', 'read'], weight: 1 },
    state: 'active',
    created_at: new Date(record.createdAt).toISOString(),
    expires_at: new Date(record.createdAt + 86_400_000).toISOString(),
  });
  expect(table.stdout + json.stdout).not.toContain(key.slice(18, 50));
});

test('revoke and rotate name a key by its id', async () => {
  using command = openCommand();
  const { key, record } = await command.store.create(ACME);
  const { id } = record;

  const rotated = await command.run('rotate', id);
  const again = await command.run('rotate', id);
  const revoked = await command.run('revoke', id);

  const next = rotated.stdout.slice(8, 18);
  expect(rotated.stdout).toMatch(/^deja_sk_[0-9A-Za-z]{48}\n$/);
  expect(rotated.stdout).not.toBe(`${key}\n`);
  expect(rotated.stderr).toContain(`The key ${id} works until 20`);
  expect(again.stderr).toBe(`the key ${id} was replaced by ${next}: rotate that\n`);
  expect([rotated, again, revoked].map(({ code }) => code)).toEqual([0, 1, 0]);
  expect(revoked).toMatchObject({
    stdout: '',
    stderr: `The key ${id} (ci, tenant acme) is revoked.\n`,
  });
  expect((await command.store.find(id))?.record.revokedAt).toBeGreaterThan(0);
  expect((await command.store.find(next))?.record.revokedAt).toBeUndefined();
});

test('what the command does is in the audit', async () => {
  using command = openCommand();
  const { record } = await command.store.create(ACME);

  await command.run('rotate', record.id);
  await command.run('revoke', record.id);
  const { stdout } = await command.run(...CREATE);

  const { entries } = await command.audit.read({ limit: 10 });
  const by = { actor: 'command', tenant: 'acme', request_id: '-' };
  expect(entries).toMatchObject([
    { ...by, action: 'key.created', target: stdout.slice(8, 18) },
    { ...by, action: 'key.revoked', target: record.id },
    { ...by, action: 'key.rotated', target: record.id },
  ]);
  expect(JSON.stringify(entries)).not.toContain(stdout.slice(18, 50));
});

test('a key that ended 30 days ago is listed with --all alone', async () => {
  using command = openCommand({ now: () => Date.now() - 31 * 86_400_000 });
  const { record } = await command.store.create({ ...ACME, expiresInMs: 1000 });

  const brief = await command.run('list', '--json');
  const all = await command.run('list', '--json', '--all');

  expect(JSON.parse(brief.stdout)).toEqual([]);
  expect(JSON.parse(all.stdout)).toMatchObject([{ id: record.id, state: 'expired' }]);
});

test.each<[string, string[], string]>([
  [
    'a wrong argument',
    [...CREATE, '--rpm', 'many'],
    '--rpm: it is a whole number, not "many" (npm run keys -- --help)\n',
  ],
  ['an id that nobody has', ['revoke', '0123456789'], 'there is no key 0123456789\n'],
])('%s is an error in one line, and exit code 1', async (_, args, message) => {
  using command = openCommand();

  const { code, stdout, stderr } = await command.run(...args);

  expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: message });
  expect(await command.store.list()).toEqual([]);
});

test('webhook-secret prints what the webhooks of a tenant are signed with, without Redis', async () => {
  const secrets = [1, 2].map((byte) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`);
  const tell = (WEBHOOK_SECRET: string) =>
    runProgram(IN_A_CONTAINER, ['webhook-secret', '--tenant', 'acme'], { WEBHOOK_SECRET });

  const both = await tell(secrets.join(' '));
  const none = await tell('');

  const expected = secrets.map((secret) => `${secretOfTenant(secret, 'acme')}\n`);
  expect(both).toEqual({ code: 0, stdout: expected.join(''), stderr: '' });
  expect(none).toMatchObject({ code: 1, stdout: '' });
  expect(none.stderr).toMatch(/^there is no WEBHOOK_SECRET: .*\n$/);
});

test('--help tells all commands', async () => {
  const { code, stdout } = await runProgram(IN_A_CONTAINER, ['--help'], {});

  expect(code).toBe(0);
  expect(stdout).toMatch(/create[\s\S]*list[\s\S]*revoke[\s\S]*rotate/);
});

test('a Redis that does not answer is an error in one line, without its password', async () => {
  const env = { REDIS_URL: 'redis://:secret@127.0.0.1:1' };

  const { code, stderr } = await runProgram(IN_A_CONTAINER, ['list'], env);

  expect(code).toBe(1);
  expect(stderr).toBe('Redis does not answer: 127.0.0.1:1: no connection: ECONNREFUSED\n');
});

test('in the tree it finds the Redis and the webhook secret of npm start', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'deja-keys-'));
  const help = await runProgram(IN_THE_TREE, ['--help'], {}, cwd);
  await using server = await startOwnRedis({ dir: join(cwd, '.deja/redis') });

  const made = await runProgram(IN_THE_TREE, CREATE, {}, cwd);
  const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
  writeFileSync(join(cwd, '.deja/webhook-secret'), `${secret}\n`);
  const told = await runProgram(IN_THE_TREE, ['webhook-secret', '--tenant', 'acme'], {}, cwd);

  const redis = new Redis(server.url);
  const stored = await redis.hkeys(`${shardPrefixOf('deja')}keys`);
  redis.disconnect();
  await server.stop();
  rmSync(cwd, { recursive: true });
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(made).toMatchObject({ code: 0 });
  expect(told.stdout).toBe(`${secretOfTenant(secret, 'acme')}\n`);
  expect(stored).toEqual([made.stdout.slice(8, 18)]);
});
