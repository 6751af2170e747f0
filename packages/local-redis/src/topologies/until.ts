import { setTimeout as delay } from 'node:timers/promises';

const DEADLINE_MS = 30_000;

/** Resolves when `holds` does; rejects with `what` after half a minute. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await delay(20);
  }
}
