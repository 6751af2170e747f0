/** What this worker does, for operators: it says so with each heartbeat. */
import { hostname } from 'node:os';
import type { Receiver, RunningRun, WorkerAbout } from '@deja/jobs';
import { bytesBelow } from './slots/child.ts';

const startedAt = Date.now();

export function aboutWorker(
  running: readonly RunningRun[],
  receivers: readonly Receiver[],
): WorkerAbout {
  const memoryBytes = process.memoryUsage.rss() + bytesBelow(process.pid);
  return { host: hostname(), pid: process.pid, startedAt, memoryBytes, running, receivers };
}
