/** The back of the bare way, as a process: `node bare-way-worker.ts <redis url>`; `slot` is its child. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';

const url = process.argv[2] ?? '';
if (url === 'slot') process.on('message', (message) => process.send?.(message));
else await work();
process.on('disconnect', () => process.exit(0));

async function work(): Promise<void> {
  const redis = new Redis(url);
  const slot = fork(fileURLToPath(import.meta.url), ['slot'], { serialization: 'advanced' });
  const worker = new Worker<{ id: string }>(
    'way',
    async ({ data: { id } }) => {
      await redis.hgetall(`way:run:${id}`);
      slot.send({ id });
      await once(slot, 'message');
      const entry = redis.set(`way:entry:${id}`, '{}', 'PX', 60_000);
      await Promise.all([entry, redis.publish('way-notifier', id)]);
    },
    { connection: new Redis(url, { maxRetriesPerRequest: null }), prefix: 'way' },
  );
  worker.on('error', (error) => {
    throw error;
  });
  await worker.waitUntilReady();
  process.send?.({});
}
