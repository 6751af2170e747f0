/** A BullMQ worker that does nothing, as a process: `node bare-worker.ts <redis url> <queue>`. */
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';

const [url = '', queue = ''] = process.argv.slice(2);
const worker = new Worker(queue, async () => ({}), {
  connection: new Redis(url, { maxRetriesPerRequest: null }),
});
worker.on('error', (error) => {
  throw error;
});
await worker.waitUntilReady();
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
