/** A primary and its replicas that Sentinel watches, on loopback, for tests. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { atFreePorts, freePort, runServer } from '../run-server.ts';
import { requireBinary } from './binary.ts';
import { type PlacedServer, placeServer } from './placed-server.ts';
import { until } from './until.ts';

export interface SentinelOptions {
  /** Default: 3. */
  readonly sentinels?: number;
  /** Default: 1. */
  readonly replicas?: number;
  /** How long the primary must be silent until a sentinel takes it for down. Unit: ms. Default: 1000. */
  readonly downAfterMs?: number;
  /** More arguments for each server. Default: none. */
  readonly args?: readonly string[];
}

export interface LocalSentinels extends AsyncDisposable {
  /** With the passwords of the servers and of the sentinels, which are not the same. */
  readonly url: string;
  readonly servers: readonly PlacedServer[];
  /** The server that the sentinels name. */
  primary(): Promise<PlacedServer>;
  /** Resolves when all sentinels know all servers, and every replica is in step. */
  whole(): Promise<void>;
}

const NAME = 'mymaster';
/** Of sentinels' own timers: by default they look for each other every 2 s, and stand still if late. */
const HASTE = ['info-period', '200', 'publish-period', '200', 'tilt-trigger', '20000'];

export async function startSentinels(options: SentinelOptions = {}): Promise<LocalSentinels> {
  const { sentinels: count = 3, replicas = 1, downAfterMs = 1000, args = [] } = options;
  await using owned = new AsyncDisposableStack();
  const binary = requireBinary();
  const newPassword = () => randomBytes(24).toString('hex');
  const [password, sentinelPassword] = [newPassword(), newPassword()];
  const start = (...more: readonly string[]) =>
    placeServer(owned, binary, { password, args: async () => [...args, ...more] });
  const first = await start();
  const followers = Array.from({ length: replicas }, () =>
    start('--replicaof', '127.0.0.1', String(first.port), '--repl-diskless-sync-delay', '0'),
  );
  const servers = [first, ...(await Promise.all(followers))];

  const startSentinel = async () => {
    const port = await freePort();
    const dir = mkdtempSync(join(tmpdir(), 'deja-sentinel-'));
    owned.defer(() => rmSync(dir, { recursive: true, force: true }));
    const path = join(dir, 'sentinel.conf'); // Sentinel writes to it
    const lines = [
      ...[`port ${port}`, 'bind 127.0.0.1', `dir ${dir}`, `requirepass ${sentinelPassword}`],
      `sentinel sentinel-pass ${sentinelPassword}`,
      `sentinel monitor ${NAME} 127.0.0.1 ${first.port} ${Math.floor(count / 2) + 1}`,
      `sentinel auth-pass ${NAME} ${password}`,
      `sentinel down-after-milliseconds ${NAME} ${downAfterMs}`,
      `sentinel failover-timeout ${NAME} 3000`,
    ];
    writeFileSync(path, lines.join('\n'), { mode: 0o600 });
    const where = { port, password: sentinelPassword };
    const { stop } = await runServer(binary, [path, '--sentinel'], where);
    owned.defer(stop);
    const options = { ...where, retryStrategy: () => 100 };
    const redis = owned.adopt(new Redis(options), (client) => client.disconnect());
    redis.on('error', () => {});
    await redis.call('SENTINEL', 'DEBUG', ...HASTE);
    return { port, redis };
  };
  const sentinels = await Promise.all(
    Array.from({ length: count }, () => atFreePorts(startSentinel)),
  );
  const isWhole = async () => {
    const states = sentinels.map(async ({ redis }) => {
      const known = (await redis.call('SENTINEL', 'MASTER', NAME)) as string[];
      const figure = (name: string) => Number(known[known.indexOf(name) + 1]);
      const replicasOf = (await redis.call('SENTINEL', 'REPLICAS', NAME)) as string[][];
      const areLinked = replicasOf.every((each) => each.includes('ok'));
      return (
        figure('num-other-sentinels') === count - 1 &&
        figure('num-slaves') === replicas &&
        areLinked
      );
    });
    return (await Promise.all(states)).every(Boolean);
  };
  const whole = () => until('the sentinels know each other and the replicas', isWhole);
  await whole();
  const hosts = sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',');
  const resources = owned.move();
  return {
    url: `redis-sentinel://:${password}@${hosts}/${NAME}?sentinelPassword=${sentinelPassword}`,
    servers,
    whole,
    primary: async () => {
      const ask = sentinels
        .filter(({ redis }) => redis.status === 'ready')
        .map(({ redis }) => redis.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME));
      const [, port] = (await Promise.any(ask)) as string[];
      const found = servers.find((server) => String(server.port) === port);
      if (!found) throw new Error(`the sentinels name another server: ${port}`);
      return found;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
