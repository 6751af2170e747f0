import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Queue, QueueEvents } from 'bullmq';

export interface BareQueue extends AsyncDisposable {
  /** One no-op job, from `queue.add` to the end of `waitUntilFinished`. */
  ask(): Promise<void>;
}

/** BullMQ as its documentation shows it, with a worker in a process of its own. */
export async function startBareQueue(url: string): Promise<BareQueue> {
  const name = 'bare';
  const program = fileURLToPath(new URL('./bare-worker.ts', import.meta.url));
  const worker = fork(program, [url, name]);
  await once(worker, 'message');
  const connection = { url };
  const queue = new Queue(name, { connection });
  // From the start of the stream: by default it misses what ends before its first read (bullmq#1270).
  const events = new QueueEvents(name, { connection, lastEventId: '0' });
  await events.waitUntilReady();
  return {
    async ask() {
      // Kept for a while: `waitUntilFinished` fails when the job has gone before it looks.
      const job = await queue.add('noop', {}, { removeOnComplete: 1000 });
      await job.waitUntilFinished(events, 30_000);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([queue.close(), events.close()]);
      const exited = once(worker, 'exit');
      worker.disconnect();
      await exited;
    },
  };
}
