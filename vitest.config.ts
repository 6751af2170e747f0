import { defineConfig } from 'vitest/config';

const project = (name: string, dir: string) => ({
  extends: true as const,
  test: { name, root: dir, include: ['src/**/*.test.ts', 'test/**/*.test.ts'] },
});

export default defineConfig({
  // Workspace packages from source. Never list 'import' or 'default' here: vitest hands these on
  // to Node as --conditions, and require() would then pick ESM entry points.
  resolve: { conditions: ['development'] },
  ssr: { resolve: { conditions: ['development'], externalConditions: ['development'] } },
  test: {
    globalSetup: [new URL('./scripts/vitest-redis.ts', import.meta.url).pathname],
    testTimeout: 20_000,
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
      project('testing', 'packages/testing'),
      project('local-redis', 'packages/local-redis'),
      project('api', 'apps/api'),
      project('worker', 'apps/worker'),
      project('deploy', 'deploy'),
      {
        extends: true as const,
        test: { name: 'bench', root: 'bench', include: ['*.test.ts'] },
      },
      // Real processes, one after the other: each of them wants the whole machine.
      {
        extends: true as const,
        test: {
          name: 'system',
          root: 'test',
          include: ['**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
