/** `npm run test:faults`: every fault test, also those that take minutes. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['development'] },
  ssr: { resolve: { conditions: ['development'], externalConditions: ['development'] } },
  test: {
    name: 'faults',
    env: { FAULTS: 'long' },
    root: import.meta.dirname,
    include: ['**/*.test.ts', '**/*.long.ts'],
    globalSetup: ['../../scripts/vitest-redis.ts'],
    testTimeout: 600_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
