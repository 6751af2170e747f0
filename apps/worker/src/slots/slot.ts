/**
 * A slot: a child process of the worker that runs one computation at a time, or several of one model
 * whose `perSlot` allows it.
 *
 * It can be killed at any moment, and it ends by itself when its worker is gone. An idle slot
 * notices `disconnect`; a watchdog thread kills one that is busy in an endless loop or in native
 * code. The same thread reports to the worker when the process uses too much memory. On Linux, the
 * processes that it started count too.
 */
import { Worker } from 'node:worker_threads';
import { InputError, loadModels, RetryableError, TakesLongError } from '@deja/models';
import { warmUp } from '@deja/models/compute';
import {
  type FromSlot,
  REPORTS_FD,
  type SlotFailure,
  type SlotOptions,
  type ToSlot,
} from './messages.ts';
import { createSlotContext, type SlotContext } from './slot-context.ts';

const WATCHDOG = `
const { readFileSync, writeSync } = require('node:fs');
const { workerData: { maxMemoryBytes, groupId } } = require('node:worker_threads');
const parent = process.ppid;
const read = (path) => { try { return readFileSync('/proc/' + path, 'utf8'); } catch { return ''; } };
const below = (pid) => read(pid + '/task/' + pid + '/children').split(' ').filter(Boolean);
const bytesBelow = (pid) => below(pid).reduce(
  (sum, child) => sum + (Number(/^VmRSS:\\s*(\\d+)/m.exec(read(child + '/status'))?.[1] ?? 0) * 1024) + bytesBelow(child), 0);
setInterval(() => {
  if (process.ppid !== parent) process.kill(groupId, 'SIGKILL');
  const usedBytes = process.memoryUsage.rss() + bytesBelow(process.pid);
  if (usedBytes > maxMemoryBytes) writeSync(${REPORTS_FD}, usedBytes + '\\n');
}, 100);
`;
const options = JSON.parse(process.argv[2] ?? '') as SlotOptions;
const { maxMemoryBytes, warm, ...slotModels } = options;
// This process and everything its models started: it leads a process group.
const groupId = process.platform === 'win32' ? process.pid : -process.pid;
new Worker(WATCHDOG, { eval: true, workerData: { maxMemoryBytes, groupId } }).unref();
process.once('disconnect', () => process.kill(groupId, 'SIGKILL'));
// The worker decides when a slot ends.
process.on('SIGINT', () => {});

const models = await loadModels(slotModels).catch(giveUp);
await warmUp([...models.values()].filter(({ name }) => warm.includes(name))).catch(giveUp);

interface Running {
  readonly abort: AbortController;
  readonly own: SlotContext;
}
const running = new Map<number, Running>();
process.on('message', (message: ToSlot) => {
  if (message.type === 'run') return void run(message);
  const { abort, own } = running.get(message.run) ?? {};
  if (message.type === 'artefact') own?.found(message);
  else abort?.abort(new Error('nobody wants this result any more'));
});
send({ type: 'ready', usedBytes: process.memoryUsage.rss() });

async function run(message: Extract<ToSlot, { type: 'run' }>): Promise<void> {
  const { run, model: name, input, mayTakeLong } = message;
  const abort = new AbortController();
  const own = createSlotContext({ run, signal: abort.signal, mayTakeLong, send });
  running.set(run, { abort, own });
  try {
    const model = models.get(name);
    if (!model) throw new Error(`no model "${name}" in this worker`);
    const payload = JSON.stringify(await model.run(JSON.parse(input), own.context));
    const report = own.report();
    send({ type: 'done', run, payload, report, usedBytes: process.memoryUsage.rss() });
  } catch (error) {
    const failure = failureOf(error);
    send({ type: 'failed', run, failure, usedBytes: process.memoryUsage.rss() });
  } finally {
    running.delete(run);
  }
}

function failureOf(error: unknown): SlotFailure {
  if (!(error instanceof Error)) return { code: 'MODEL_FAILED', message: String(error) };
  const { message } = error;
  if (error instanceof InputError) return { code: 'INPUT_REFUSED', message, issues: error.issues };
  if (error instanceof RetryableError) return { code: 'RETRYABLE', message };
  if (error instanceof TakesLongError) return { code: 'TAKES_LONG', message };
  if ('code' in error && error.code === 'COMMAND_FAILED') return { code: error.code, message };
  return { code: 'MODEL_FAILED', message };
}

function giveUp(error: unknown): Promise<never> {
  const why = error instanceof Error ? error.message : String(error);
  return new Promise(() => {
    process.send?.({ type: 'unable', why } satisfies FromSlot, () => process.exit(1));
  });
}

function send(message: FromSlot): void {
  process.send?.(message);
}
