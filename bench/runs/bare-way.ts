import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createAsker } from './asker.ts';

export interface BareWay extends AsyncDisposable {
  /** One question, from the POST to its answer. */
  ask(): Promise<void>;
}

/**
 * BullMQ and the messages of a MISS with nothing done on the way: POST, a GET, `queue.add`, a worker, one
 * read, a child process, a SET, a PUBLISH, the answer. What is above it is our own work.
 */
export async function startBareWay(url: string): Promise<BareWay> {
  const worker = await start(new URL('./bare-way-worker.ts', import.meta.url), url);
  const api = await start(new URL('./bare-way-api.ts', import.meta.url), url);
  const asker = createAsker(`http://127.0.0.1:${api.port}/`, {});
  return {
    async ask() {
      const status = await asker.ask({});
      if (status !== 200) throw new Error(`the bare way was answered ${status}`);
    },
    async [Symbol.asyncDispose]() {
      asker[Symbol.dispose]();
      await Promise.all([end(api.child), end(worker.child)]);
    },
  };
}

async function start(program: URL, url: string) {
  const child = fork(fileURLToPath(program), [url]);
  const [{ port }] = await once(child, 'message');
  return { child, port: Number(port) };
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.disconnect();
  await exited;
}
