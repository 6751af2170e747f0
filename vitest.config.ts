import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Real processes, long waits: for `npm run test:system`, wherever they lie. */
const SYSTEM = '**/*.system.test.ts';

const OWN = ['src/**/*.test.ts', 'test/**/*.test.ts'];

const project = (name: string, dir: string, include = OWN) => ({
  extends: true as const,
  test: {
    name,
    root: dir,
    include,
    exclude: ['**/node_modules/**', SYSTEM],
    // Most of a file's time would go into loading the same modules again.
    isolate: false,
  },
});

export default defineConfig({
  // Workspace packages from source. Never list 'import' or 'default' here: vitest hands these on
  // to Node as --conditions, and require() would then pick ESM entry points.
  resolve: { conditions: ['development'] },
  ssr: { resolve: { conditions: ['development'], externalConditions: ['development'] } },
  test: {
    globalSetup: [new URL('./scripts/vitest-redis.ts', import.meta.url).pathname],
    testTimeout: 20_000,
    // Most files wait for Redis, timers and processes more than they compute.
    maxWorkers: 2 * availableParallelism(),
    coverage: {
      provider: 'v8',
      include: ['apps/*/src/**/*.ts', 'packages/*/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/main.ts'],
      reporter: ['text-summary', 'json-summary'],
    },
    projects: [
      project('cache-core', 'packages/cache-core'),
      project('models', 'packages/models'),
      project('jobs', 'packages/jobs'),
      project('redis', 'packages/redis'),
      project('runtime', 'packages/runtime'),
      project('webhooks', 'packages/webhooks'),
      project('keys', 'packages/keys'),
      project('testing', 'packages/testing'),
      project('local-redis', 'packages/local-redis'),
      project('client', 'packages/client'),
      project('api', 'apps/api'),
      project('worker', 'apps/worker'),
      project('dashboard', 'apps/dashboard'),
      project('deploy', 'deploy'),
      project('rule-book', 'test', ['rule-book.test.ts']),
      // One file after the other, after all others: each of them wants the whole machine.
      {
        extends: true as const,
        test: {
          name: 'system',
          include: ['test/**/*.test.ts', SYSTEM],
          exclude: ['**/node_modules/**', 'test/rule-book.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
