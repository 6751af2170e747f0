/** `npm run test:python`: the Python client and its examples, in front of real processes. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['development'] },
  ssr: { resolve: { conditions: ['development'], externalConditions: ['development'] } },
  test: {
    name: 'python',
    root: import.meta.dirname,
    include: ['*.python.ts'],
    globalSetup: ['../../scripts/vitest-redis.ts', './interpreter.ts'],
    testTimeout: 180_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
