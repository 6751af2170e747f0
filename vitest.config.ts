import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Real processes, long waits: for `npm run test:system`, wherever they lie. */
const SYSTEM = '**/*.system.test.ts';

/** System tests that depend on no time and on no port, and change no file of the tree. */
const PAIRED = [
  ...[
    'adapters',
    'cache-core-package',
    'client-examples',
    'client-faults',
    'client-package',
    'contract',
    'cross-validate',
    'keys',
    'main-job',
    'many-clients',
  ],
  ...['quiet-logs', 'redis-user', 'reuse', 'rollout', 'shards', 'tenants', 'traces', 'upgrade'],
  'webhooks',
]
  .map((name) => `test/${name}.test.ts`)
  .concat(
    'apps/api/test/health.system.test.ts',
    'apps/api/test/keys-command.system.test.ts',
    'apps/worker/test/shutdown.system.test.ts',
    'apps/worker/test/wrong-models.system.test.ts',
    'deploy/test/rules.system.test.ts',
  );

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

const system = (
  name: string,
  { include, exclude = [] }: { include: string[]; exclude?: string[] },
  { groupOrder, maxWorkers }: { groupOrder: number; maxWorkers: number },
) => ({
  extends: true as const,
  test: {
    ...{ name, include, exclude: ['**/node_modules/**', ...exclude] },
    ...{ testTimeout: 120_000, hookTimeout: 120_000, maxWorkers, sequence: { groupOrder } },
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
      // Two at a time, after all others: they wait for processes most of the time.
      system('system', { include: PAIRED }, { groupOrder: 1, maxWorkers: 2 }),
      // One file after the other, after those: each of them wants the whole machine.
      system(
        'system-alone',
        { include: ['test/**/*.test.ts', SYSTEM], exclude: [...PAIRED, 'test/rule-book.test.ts'] },
        { groupOrder: 2, maxWorkers: 1 },
      ),
    ],
  },
});
