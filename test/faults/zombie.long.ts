/** A worker that stands still for longer than its lock, and comes back when it was replaced. */
import { pauseProcess, resumeProcess } from '@deja/testing';
import { expect, test } from 'vitest';
import { openStage } from './stage.ts';

test('a worker that comes back from the dead publishes nothing a second time', async () => {
  await using stage = await openStage();
  const [first] = stage.workers;
  const jobs = Promise.all([1, 2].map((id) => stage.ask({ id, ms: 2000 })));
  await stage.untilComputing(2);

  await pauseProcess(Number(first?.child.pid));
  stage.fault('SIGSTOP worker');
  await stage.addWorker();
  await jobs; // ended by the other one
  resumeProcess(Number(first?.child.pid));
  stage.fault('SIGCONT worker');
  await stage.ask({ id: 3 });

  await stage.expectPromisesKept();
  expect(stage.computations()).toHaveLength(5);
});

test('a worker that stands still for less than its lock loses nothing', async () => {
  await using stage = await openStage();
  const [worker] = stage.workers;
  const job = stage.ask({ id: 1, ms: 3000 });
  await stage.untilComputing(1);

  await pauseProcess(Number(worker?.child.pid));
  const other = await stage.addWorker(); // starting it takes longer than a beat
  resumeProcess(Number(worker?.child.pid));
  await job;

  await stage.expectPromisesKept();
  expect(other.child.exitCode).toBeNull();
});
