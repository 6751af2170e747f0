/** `npm run test:page`: the page in a real browser, in front of real processes. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['development'] },
  ssr: { resolve: { conditions: ['development'], externalConditions: ['development'] } },
  test: {
    name: 'page',
    root: import.meta.dirname,
    include: ['*.page.ts', '*.shots.ts'],
    globalSetup: ['../../scripts/vitest-redis.ts', './chromium.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
