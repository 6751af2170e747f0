/** A short run of what webhooks.long.ts does for longer. */
import { test } from 'vitest';
import { killDeliverers } from './deliveries.ts';

test('workers are killed while they deliver: every URL is called, none is lost', async () => {
  await killDeliverers({ jobs: 200, runs: 20, kills: 2 });
});
