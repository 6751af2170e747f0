/** A Redis Cluster on loopback, for tests: primaries with replicas, and slots that move. */
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { freePort } from '../run-server.ts';
import { requireBinary } from './binary.ts';
import { type PlacedServer, placeServer } from './placed-server.ts';
import { until } from './until.ts';

export interface ClusterOptions {
  /** Default: 3. */
  readonly primaries?: number;
  /** Of each primary. Default: 1. */
  readonly replicas?: number;
  /** How long a node must be silent until it counts as failed. Unit: ms. Default: 1000. */
  readonly nodeTimeoutMs?: number;
  /** More arguments for each server. Default: none. */
  readonly args?: readonly string[];
}

export interface LocalCluster extends AsyncDisposable {
  /** Names every node. */
  readonly url: string;
  readonly nodes: readonly ClusterNode[];
  /** The node that holds the slot of this key now. */
  primaryOf(key: string): Promise<ClusterNode>;
  /** Resolves when every node knows all others, and every replica is linked to its primary. */
  whole(): Promise<void>;
  /** Moves the slot of this key as `redis-cli --cluster reshard` does, so many keys at a time. */
  moveSlot(key: string, to: ClusterNode, keysAtOnce?: number): Promise<void>;
}

export interface ClusterNode extends PlacedServer {
  /** For the test's own look at this node. Its errors are nobody's. */
  readonly redis: Redis;
}

const SLOTS = 16_384;
const MIGRATE_TIMEOUT_MS = 5000;

export async function startCluster(options: ClusterOptions = {}): Promise<LocalCluster> {
  const { primaries = 3, replicas = 1, nodeTimeoutMs = 1000, args = [] } = options;
  await using owned = new AsyncDisposableStack();
  const binary = requireBinary();
  const password = randomBytes(24).toString('hex');
  const start = async () => {
    let busPort = 0;
    const argsOf = async () => {
      busPort = await freePort();
      return [
        ...['--cluster-enabled', 'yes', '--cluster-port', String(busPort)],
        ...['--cluster-node-timeout', String(nodeTimeoutMs)],
        ...['--cluster-replica-validity-factor', '0', '--repl-diskless-sync-delay', '0'],
        ...['--repl-ping-replica-period', '1'], // a replica counts once it has heard from its primary
        ...args,
      ];
    };
    const server = await placeServer(owned, binary, { password, args: argsOf });
    const redis = owned.adopt(new Redis(server.url), (client) => client.disconnect());
    redis.on('error', () => {});
    return Object.assign(server, { redis, busPort });
  };
  const count = primaries * (1 + replicas);
  const nodes = await Promise.all(Array.from({ length: count }, start));
  const [first, ...others] = nodes;
  if (first === undefined) throw new RangeError('a cluster needs a primary');

  await Promise.all(
    nodes.map(async ({ redis }, at) => {
      await redis.call('CLUSTER', 'SET-CONFIG-EPOCH', at + 1);
      if (at >= primaries) return;
      const bound = (n: number) => Math.floor((n * SLOTS) / primaries);
      await redis.call('CLUSTER', 'ADDSLOTSRANGE', bound(at), bound(at + 1) - 1);
    }),
  );
  for (const { port, busPort } of others)
    await first.redis.call('CLUSTER', 'MEET', '127.0.0.1', port, busPort);
  const all = (holds: (node: ClusterNode) => Promise<boolean>) => async () =>
    (await Promise.all(nodes.map(holds))).every(Boolean);
  await until(
    'all nodes know each other',
    all(async ({ redis }) => (await infoOf(redis)).includes(`cluster_known_nodes:${count}\r`)),
  );
  for (const [at, { redis }] of nodes.slice(primaries).entries()) {
    const of = nodes[at % primaries]?.redis;
    await redis.call('CLUSTER', 'REPLICATE', String(await of?.call('CLUSTER', 'MYID')));
  }
  const knowsAll = async (redis: Redis) =>
    (await slotsOf(redis)).every(([, , ...holders]) => holders.length === 1 + replicas);
  const isWhole = all(async ({ redis }) => {
    const isLinked = !(await redis.info('replication')).includes('master_link_status:down');
    const isOk = (await infoOf(redis)).includes('cluster_state:ok');
    return isLinked && isOk && (await knowsAll(redis));
  });
  const whole = () => until('the cluster is whole', isWhole);
  await whole();

  const ask = <T>(question: (redis: Redis) => Promise<T>) =>
    Promise.any(
      nodes.filter(({ redis }) => redis.status === 'ready').map((n) => question(n.redis)),
    );
  const primaryOf = async (key: string) => {
    const slot = await ask((redis) => redis.cluster('KEYSLOT', key));
    const ranges = await ask(slotsOf);
    const range = ranges.find(([from, to]) => from <= slot && slot <= to);
    const found = nodes.find(({ port }) => port === range?.[2]?.[1]);
    if (!found) throw new Error(`nobody holds slot ${slot}`);
    return found;
  };
  const resources = owned.move();
  return {
    url: `redis+cluster://:${password}@${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    nodes,
    primaryOf,
    whole,
    moveSlot: async (key, to, keysAtOnce = 10) => {
      const from = await primaryOf(key);
      const slot = await to.redis.cluster('KEYSLOT', key);
      const [source, target] = await Promise.all(
        [from, to].map(async ({ redis }) => String(await redis.call('CLUSTER', 'MYID'))),
      );
      const set = (redis: Redis, ...state: readonly string[]) =>
        redis.call('CLUSTER', 'SETSLOT', slot, ...state);
      await set(to.redis, 'IMPORTING', String(source));
      await set(from.redis, 'MIGRATING', String(target));
      for (;;) {
        const keys = (await from.redis.cluster('GETKEYSINSLOT', slot, keysAtOnce)) as string[];
        if (keys.length === 0) break;
        const where = ['127.0.0.1', to.port, '', 0, MIGRATE_TIMEOUT_MS] as const;
        await from.redis.call('MIGRATE', ...where, 'AUTH', password, 'KEYS', ...keys);
      }
      for (const { redis } of [to, from, ...nodes]) {
        const isPrimary = (await redis.role())[0] === 'master';
        if (isPrimary) await set(redis, 'NODE', String(target));
      }
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

type Holder = readonly [host: string, port: number, ...rest: unknown[]];

const infoOf = async (redis: Redis): Promise<string> => String(await redis.cluster('INFO'));

const slotsOf = async (redis: Redis) =>
  (await redis.cluster('SLOTS')) as unknown as [from: number, to: number, ...Holder[]][];
