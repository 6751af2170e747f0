/** A mix of all faults for a while: FAULTS_SEED repeats one, FAULTS_SOAK_S sets how long. */
import { setTimeout as delay } from 'node:timers/promises';
import { createFaultProxy, type FaultProxy, pauseProcess, resumeProcess } from '@deja/testing';
import { expect, test } from 'vitest';
import { openStage } from './stage.ts';

const SOAK_S = Number(process.env.FAULTS_SOAK_S ?? 60);

test(`a mix of faults for ${SOAK_S} s keeps every promise`, async () => {
  await using owned = new AsyncDisposableStack();
  let proxy: FaultProxy | undefined;
  await using stage = await openStage({
    apis: 2,
    workers: 2,
    via: async (url) => {
      proxy = owned.use(await createFaultProxy(url));
      return proxy.url;
    },
  });
  const { random } = stage;
  const pause = async (pid: number, ms: number) => {
    await pauseProcess(pid);
    await delay(ms);
    resumeProcess(pid);
  };
  const faults = {
    'worker killed': async () => {
      await stage.end(random.pick(stage.workers), 'SIGKILL');
      await stage.addWorker();
    },
    'API killed': async () => {
      await stage.end(random.pick(stage.apis), 'SIGKILL');
      await stage.addApi();
    },
    'worker paused': () => pause(Number(random.pick(stage.workers).child.pid), 6000),
    'Redis paused': () => pause(Number(stage.server.pid), 3000),
    'Redis killed': async () => {
      await stage.killRedis();
      await stage.startRedis();
    },
    'connections reset': async () => proxy?.reset(),
    'reply cut': async () => proxy?.dropAfterBytes(random.between(0, 5000)),
    'network silent': async () => {
      proxy?.blackhole();
      await delay(4000);
      proxy?.heal();
    },
  };
  const load = stage.load(8, (n) => ({
    id: random.next() < 0.2 ? random.between(0, n) : n,
    ms: random.pick([0, 50, 300, 2000]),
  }));

  const until = performance.now() + SOAK_S * 1000;
  while (performance.now() < until) {
    const name = random.pick(Object.keys(faults) as (keyof typeof faults)[]);
    stage.fault(name);
    await faults[name]();
    await delay(random.between(0, 3000));
  }
  await load.stop();

  await stage.expectPromisesKept({ endsWithinMs: 120_000 });
  expect(stage.history.all('ended').length).toBeGreaterThan(20);
});
