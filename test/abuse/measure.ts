/** What a request costs an API process: how long its event loop stands still, and its peak memory. */
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export interface Cost {
  /** The longest that `/healthz` took meanwhile. Unit: ms. */
  readonly stallMs: number;
  /** How far the resident memory rose. Linux only; 0 elsewhere. */
  readonly bytes: number;
}

interface Target {
  readonly url: string;
  readonly pid: number;
}

const PROBE_EVERY_MS = 5;

/** Runs `work` against the process, and watches it until a little after. */
export async function costOf({ url, pid }: Target, work: () => Promise<unknown>): Promise<Cost> {
  using probe = probeOf(url);
  await probe.once();
  const before = resetPeak(pid);
  const watching = probe.watch();
  await work();
  await delay(50); // what comes after the answer holds the event loop, too
  return { stallMs: await watching(), bytes: Math.max(0, peakOf(pid) - before) };
}

function probeOf(url: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const once = () =>
    new Promise<number>((resolve, reject) => {
      const startedAt = performance.now();
      get(`${url}/healthz`, { agent }, (res) => {
        res.resume().once('end', () => resolve(performance.now() - startedAt));
      }).once('error', reject);
    });
  return {
    once,
    watch() {
      let isOver = false;
      const longest = (async () => {
        let longestMs = 0;
        while (!isOver) {
          longestMs = Math.max(longestMs, await once());
          await delay(PROBE_EVERY_MS);
        }
        return longestMs;
      })();
      return async () => {
        isOver = true;
        return await longest;
      };
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

/** Forgets the peak so far. Returns the resident memory now. */
function resetPeak(pid: number): number {
  if (process.platform !== 'linux') return 0;
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  return statusOf(pid, 'VmRSS');
}

function peakOf(pid: number): number {
  return process.platform === 'linux' ? statusOf(pid, 'VmHWM') : 0;
}

function statusOf(pid: number, name: string): number {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8').match(`${name}:\\s+(\\d+) kB`);
  return Number(line?.[1]) * 1024;
}
