/** Two tenants and an admin at real processes, with keys that `npm run keys` made. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { type Answered, call, post } from '@deja/testing';
import { inject } from 'vitest';
import { type ApiProcess, startApi, startWorker, temporaryDir } from './processes.ts';

export interface Client {
  readonly headers: { readonly Authorization: string };
  get(path: string, more?: object): Promise<Answered>;
  delete(path: string): Promise<Answered>;
  /** Waits for the answer. */
  post(path: string, body: object, more?: object): Promise<Answered>;
}

export const clientOf = ({ url }: Pick<ApiProcess, 'url'>, key: string): Client => {
  const headers = { Authorization: `Bearer ${key}` };
  return {
    headers,
    get: async (path, more = {}) =>
      await call(`${url}${path}`, { headers: { ...headers, ...more } }),
    delete: async (path) => await call(`${url}${path}`, { method: 'DELETE', headers }),
    post: async (path, body, more = {}) =>
      await post(`${url}${path}`, body, { Prefer: 'wait=60', ...headers, ...more }),
  };
};

export async function setUp(env: Record<string, string> = {}) {
  const resources = new AsyncDisposableStack();
  const dir = resources.use(temporaryDir());
  const redis = {
    REDIS_URL: inject('redisUrl'),
    REDIS_PREFIX: `t${randomUUID().slice(0, 8)}`,
    ...(env.REDIS_URL !== undefined && { REDIS_URL: env.REDIS_URL }),
  };
  const all = { ...redis, AUTH: 'required', CACHE_DIR: dir.path, ...env };
  /** What the command prints: a key, or a secret. It asks Redis itself. */
  const keys = async (...args: string[]) => {
    const direct = { PATH: process.env.PATH, ...all, REDIS_URL: inject('redisUrl') };
    const ran = promisify(execFile)(process.execPath, ['apps/api/dist/keys.js', ...args], {
      env: direct,
    });
    return (await ran).stdout.trim();
  };
  const create = async (tenant: string, scopes = 'ask,read,invalidate', ...more: string[]) =>
    await keys('create', '--tenant', tenant, '--name', tenant, '--scopes', scopes, ...more);
  const startReplica = async () => resources.use(await startApi(all));
  const api = await startReplica();
  return {
    ...{ api, keys, create, startReplica, all },
    client: async (tenant: string, ...more: string[]) =>
      clientOf(api, await create(tenant, ...more)),
    startWorker: async () => resources.use(await startWorker(all)),
    [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
  };
}
