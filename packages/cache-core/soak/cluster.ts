/** Everything that one seed runs on: the servers, the replicas and their disks, and START. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Random } from '@deja/testing';
import { defineScript, logPrelude, shardPrefixOf } from '../src/redis.ts';
import { emptyHistory, type History, monotonicMs, type TokenSeen } from './history.ts';
import type { Sabotage } from './messages.ts';
import { ReplicaHandle } from './replica-handle.ts';
import { Server } from './server.ts';

const NAMESPACE = 'soak';
const PREFIX = shardPrefixOf(NAMESPACE);
const REPLICAS = 3;

/** What START reads and counts (docs/protocol.md#runs-and-jobs), without the run. */
const startScript = defineScript(`${logPrelude}
local m = head(nil, ARGV[2])
return { m.log, n(m.epoch), n(m.seq), m.id, redis.call('HINCRBY', META, 'lastrunseq', 1) }
`);

export interface Cluster extends AsyncDisposable {
  readonly history: History;
  readonly queue: Server;
  /** Undefined where entries share the queue's server. */
  readonly cache: Server | undefined;
  readonly replicas: readonly ReplicaHandle[];
  /** Whether the queue Redis may lose what it acknowledged, up to some seconds, when it is killed. */
  readonly forgetsWhenKilled: boolean;
  /** The token and number of a computation that begins now. Rejects while the queue is away. */
  startComputation(): Promise<{ readonly token: TokenSeen; readonly runSeq: number }>;
  /** The log's epoch as it stands on the server; undefined while it has none or is away. */
  epoch(): Promise<number | undefined>;
  note(what: string): void;
}

export async function openCluster(
  seed: number,
  random: Random,
  sabotage: Sabotage | undefined,
): Promise<Cluster> {
  const forgetsWhenKilled = random.chance(0.25);
  const fsync = ['--appendfsync', forgetsWhenKilled ? 'everysec' : 'always'];
  const serveUnverifiedMs = Array.from({ length: REPLICAS }, () =>
    sabotage ? 60_000 : random.pick([0, 1500, 60_000, 60_000]),
  );
  const logMax = random.pick([40, 10_000]);
  const maxMemoryEntries = random.pick([6, 1000]);
  const sharesDisk = serveUnverifiedMs.map((_, index) => index < 2); // the first two are on one host
  const history = emptyHistory({ seed, serveUnverifiedMs, sharesDisk });
  const root = mkdtempSync(join(tmpdir(), 'deja-soak-'));
  await using opened = new AsyncDisposableStack();
  opened.defer(() => rmSync(root, { recursive: true, force: true }));

  const queue = opened.use(await Server.open(fsync));
  const cache = random.chance(0.5) ? opened.use(await Server.open([])) : undefined;
  const replicas = await Promise.all(
    serveUnverifiedMs.map(async (unverifiedMs, index) => {
      const handle = await ReplicaHandle.open({
        ...{ index, history, queueUrl: queue.url, cacheUrl: (cache ?? queue).url },
        replica: {
          ...{ namespace: NAMESPACE, serveUnverifiedMs: unverifiedMs, logMax, maxMemoryEntries },
          dir: join(root, sharesDisk[index] ? 'shared' : `own-${index}`),
          ...(!cache && { maxRedisBytes: 32 * 1024 * 1024 }),
          ...(sabotage && { sabotage }),
        },
      });
      return opened.use(handle);
    }),
  );

  const resources = opened.move();
  return {
    ...{ history, queue, cache, replicas, forgetsWhenKilled },
    startComputation: async () => {
      const id = `start-${random.next()}`;
      const reply = await startScript(queue.admin, `${PREFIX}meta`, PREFIX, id);
      const [log, epoch, seq, record, runSeq] = reply as [string, string, string, string, number];
      return { token: { log, epoch: Number(epoch), seq: Number(seq), id: record }, runSeq };
    },
    epoch: async () => {
      const epoch = await queue.admin.hget(`${PREFIX}meta`, 'epoch').catch(() => null);
      return epoch === null ? undefined : Number(epoch);
    },
    note: (what) => void history.events.push({ at: monotonicMs(), what }),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
