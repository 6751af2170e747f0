/** `npm run test:topology`: the built processes on every topology of Redis; `TOPOLOGY=long`: 2,000 jobs each. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['development'] },
  ssr: { resolve: { conditions: ['development'], externalConditions: ['development'] } },
  test: {
    name: 'topology',
    root: import.meta.dirname,
    include: ['**/*.topology.ts'],
    testTimeout: 600_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
