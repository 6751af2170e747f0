/**
 * An API and two workers as real processes, while the servers of their Redis are killed and moved and
 * workers are killed: every acknowledged job ends, none is published twice, and nothing is answered that
 * an acknowledged invalidation forbids. What a failover loses is told (404).
 */
import { startCluster, startSentinels } from '@deja/local-redis/topologies';
import { expect, test } from 'vitest';
import type { History } from '../faults/history.ts';
import { openStage, type Stage, type StageOptions } from '../faults/stage.ts';
import { startInvalidator } from './invalidator.ts';

const IS_LONG = process.env.TOPOLOGY === 'long';
const JOBS = IS_LONG ? 2000 : 200;
const CLIENTS = 20;
const PATIENTLY = { timeout: IS_LONG ? 180_000 : 60_000, interval: 50 };

interface Play extends StageOptions {
  /** One after the other, evenly spread over the jobs. */
  readonly faults: (stage: Stage) => readonly (readonly [what: string, () => Promise<void>])[];
  /** A failover may lose what was acknowledged a moment before. */
  readonly mayLose: boolean;
}

async function play(name: string, { faults: faultsOf, mayLose, ...options }: Play): Promise<void> {
  await using stage = await openStage({ apis: 1, workers: 2, ...options });
  const { history, random } = stage;
  const faults = faultsOf(stage);
  const stopInvalidator = startInvalidator(stage.apis[0]?.url ?? '', () => stage.computations());
  const startedAt = performance.now();
  let next = 0;
  let areFaultsOver = false;
  const clients = Array.from({ length: CLIENTS }, async () => {
    while (next < JOBS || !areFaultsOver)
      await stage.ask({ id: next++, ms: random.pick([20, 50, 100]) });
  });
  const outages: Record<string, number> = {};
  for (const [at, [what, fault]] of faults.entries()) {
    const due = (JOBS * (at + 1)) / (faults.length + 1);
    await expect.poll(() => next, PATIENTLY).toBeGreaterThan(due);
    stage.fault(what);
    const faultedAt = Date.now();
    await fault();
    await admitted(history, Date.now());
    outages[what] = outageMs(history, faultedAt);
  }
  areFaultsOver = true;
  await Promise.all(clients);
  const tookS = Math.round((performance.now() - startedAt) / 1000);
  const invalidations = await stopInvalidator();

  const lost = history.all('lost');
  console.log(
    JSON.stringify({
      ...{ name, jobs: next, tookS, outages, lost: lost.length },
      ...{ unknown: history.count('unknown'), rejected: history.count('rejected') },
      invalidations,
    }),
  );
  expect(invalidations.stale).toEqual([]);
  expect(invalidations.answers).toBeGreaterThan(0);
  await stage.expectPromisesKept({ mayLose });
  expect(lost.every(({ status }) => status === 404)).toBe(true);
}

/** Resolves when a request was admitted that was sent after this moment. */
async function admitted(history: History, since: number): Promise<void> {
  await expect.poll(() => admissions(history).some(({ at }) => at > since), PATIENTLY).toBe(true);
}

const admissions = (history: History) =>
  history
    .all('asked')
    .filter(({ outcome }) => outcome === 'acknowledged' || outcome === 'answered');

/** The longest time without an admission since then. */
function outageMs(history: History, since: number): number {
  const times = [since, ...admissions(history).map(({ at }) => at)].filter((at) => at >= since);
  times.sort((a, b) => a - b);
  return Math.max(...times.map((at, index) => at - (times[index - 1] ?? since)));
}

const killWorker = (stage: Stage) =>
  [
    'a worker killed',
    async () => {
      await stage.end(stage.random.pick(stage.workers), 'SIGKILL');
      await stage.addWorker();
    },
  ] as const;

// The short form leaves it to test/faults.test.ts, which kills one server in more ways.
test.runIf(IS_LONG)('one server: killed and started again on its file', async () => {
  await play('single', {
    mayLose: false,
    faults: (stage) => {
      const restart = async () => {
        await stage.killRedis();
        await stage.startRedis();
      };
      const one = ['server killed and started again', restart] as const;
      return IS_LONG ? [one, killWorker(stage), one, killWorker(stage)] : [one];
    },
  });
});

test('Sentinel: the primary is killed, and its replica takes its place', async () => {
  await using sentinels = await startSentinels();
  const killPrimary = async () => {
    const old = await sentinels.primary();
    await old.kill();
    await expect.poll(() => sentinels.primary(), PATIENTLY).not.toBe(old);
    if (!IS_LONG) return;
    await old.restart(); // as a replica
    await sentinels.whole();
  };
  await play('sentinel', {
    redisUrl: sentinels.url,
    mayLose: true,
    faults: (stage) => {
      const kill = ['primary killed', killPrimary] as const;
      return IS_LONG ? [kill, killWorker(stage), kill, killWorker(stage)] : [kill];
    },
  });
});

test('Cluster: the slot is moved, its primary is killed, and a replica takes its place', async () => {
  await using cluster = await startCluster();
  await play('cluster', {
    redisUrl: cluster.url,
    ...(IS_LONG && { env: { CACHE_REDIS_URL: cluster.url } }), // entries on every primary
    mayLose: true,
    faults: (stage) => {
      const { prefix } = stage.names;
      const move = async () => {
        const from = await cluster.primaryOf(prefix);
        const roles = cluster.nodes.map(async (node) => ({
          node,
          isPrimary: (await node.redis.role())[0] === 'master',
        }));
        const others = (await Promise.all(roles)).filter(
          ({ node, isPrimary }) => node !== from && isPrimary,
        );
        await cluster.moveSlot(prefix, stage.random.pick(others).node, 20);
      };
      const killPrimary = async () => {
        const old = await cluster.primaryOf(prefix);
        await old.kill();
        await expect.poll(() => cluster.primaryOf(prefix), PATIENTLY).not.toBe(old);
        if (!IS_LONG) return;
        await old.restart(); // as a replica
        await cluster.whole();
      };
      const [moved, killed] = [
        ['slot moved', move],
        ['primary killed', killPrimary],
      ] as const;
      return IS_LONG
        ? [moved, killed, killWorker(stage), moved, killed]
        : [moved, killed, killWorker(stage)];
    },
  });
});
