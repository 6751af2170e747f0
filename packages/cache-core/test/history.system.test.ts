/**
 * Races 23 and more of races.md: three real replicas, real Redis servers, random work and faults, and
 * a checker that knows what happened (soak/checker.ts). The long version is soak/history.soak.ts.
 */
import { expect, test } from 'vitest';
import { runSeed } from '../soak/run-seed.ts';

// Which seeds is of no importance; these three have both layouts of the servers between them.
test.concurrent.each([101, 102, 105])(
  'no read breaks a promise over faults of seed %d',
  async (seed) => {
    const { violations, figures } = await runSeed({ seed, operations: 1500, durationMs: 4000 });

    expect(violations).toEqual([]);
    // How many there are depends on the machine; that something was judged does not.
    expect(figures.hits).toBeGreaterThan(0);
    expect(figures.invalidations).toBeGreaterThan(0);
  },
  60_000,
);
