/**
 * `npm run test:topology`: connections, lanes and the built processes on every topology of Redis;
 * `TOPOLOGY=long`: 2,000 jobs each. Most of their time goes into waiting for servers, so they wait together.
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['development'] },
  ssr: { resolve: { conditions: ['development'], externalConditions: ['development'] } },
  test: {
    name: 'topology',
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['{test,apps,packages}/**/*.topology.ts'],
    exclude: ['**/node_modules/**'],
    testTimeout: 600_000,
    hookTimeout: 120_000,
    maxWorkers: 3,
  },
});
