/** A queue Redis that hangs: requests fail fast, and what was sent meanwhile is done once. */
import { setTimeout as delay } from 'node:timers/promises';
import { pauseProcess, resumeProcess } from '@deja/testing';
import { expect, test } from 'vitest';

import { openStage } from './stage.ts';

const LONG = process.env.FAULTS === 'long' ? [20, 60] : [];

test.for([3, ...LONG])(
  'a queue Redis that hangs for %i s: 503 at once, then as before',
  async (s) => {
    await using stage = await openStage();
    const load = stage.load(4, (id) => ({ id, ms: 100 }));
    await stage.moreEnd(4);

    await pauseProcess(Number(stage.server.pid));
    const from = stage.history.events.length;
    const statusesWhilePaused = stage.client();
    const until = performance.now() + s * 1000;
    while (performance.now() < until) {
      await statusesWhilePaused.once({ id: -1 - Math.round(performance.now()) });
      await delay(50);
    }
    // What was asked while it hung; the load beside it may be answered for what it asked before.
    const paused = stage.history.events
      .slice(from)
      .filter((event) => event.type === 'asked')
      .filter(({ input }) => input.startsWith('-'));
    resumeProcess(Number(stage.server.pid));
    await load.stop();
    await stage.expectPromisesKept({ endsWithinMs: 60_000 + s * 1000, answersWithinMs: 2500 });

    expect(new Set(paused.map(({ outcome }) => outcome))).toEqual(new Set(['rejected']));
    expect(Math.max(...paused.map(({ ms }) => ms))).toBeLessThan(5000);
    const inputs = stage.computations().map((line) => line.split(' ')[0]);
    expect(inputs.length - new Set(inputs).size).toBeLessThanOrEqual(s > 5 ? 4 : 0);
  },
);
