/** The front of the bare way, as a process: `node bare-way-api.ts <redis url>`. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';

const url = process.argv[2] ?? '';
const redis = new Redis(url);
const subscriber = new Redis(url);
const queue = new Queue('way', {
  ...{ connection: redis, prefix: 'way' },
  defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
});
const wake = new Map<string, () => void>();
subscriber.on('message', (_channel, id: string) => {
  wake.get(id)?.();
  wake.delete(id);
});
await subscriber.subscribe('way-notifier');

let asked = 0;
const server = createServer(async (req, res) => {
  for await (const _ of req);
  asked += 1;
  const id = `w${asked}`;
  await redis.get(`way:entry:${id}`);
  const done = new Promise<void>((resolve) => wake.set(id, resolve));
  await Promise.all([queue.add('run', { id }, { jobId: id }), done]);
  res.end('{}');
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.on('disconnect', () => process.exit(0));
process.send?.({ port: (server.address() as AddressInfo).port });
