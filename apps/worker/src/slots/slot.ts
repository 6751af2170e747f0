/**
 * A slot: a child process of the worker in which one computation runs at a time.
 *
 * It can be killed at any moment, and it ends by itself when its worker is gone: `disconnect` tells
 * an idle one, and a watchdog thread kills one that is busy in an endless loop or in native code.
 * The same thread tells the worker when the process uses more memory than it may.
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
const { writeSync } = require('node:fs');
const { workerData: maxMemoryBytes } = require('node:worker_threads');
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  const usedBytes = process.memoryUsage.rss();
  if (usedBytes > maxMemoryBytes) writeSync(${REPORTS_FD}, usedBytes + '\\n');
}, 100);
`;
const { maxMemoryBytes, ...slotModels } = JSON.parse(process.argv[2] ?? '') as SlotOptions;
new Worker(WATCHDOG, { eval: true, workerData: maxMemoryBytes }).unref();
process.once('disconnect', () => process.exit(0));
// The worker decides when a slot ends; a Ctrl-C in the terminal reaches this process, too.
process.on('SIGINT', () => {});

const models = await loadModels(slotModels).catch(giveUp);
await warmUp().catch(giveUp);

let abort = new AbortController();
let current: SlotContext | undefined;
process.on('message', (message: ToSlot) => {
  if (message.type === 'abort') abort.abort(new Error('nobody wants this result any more'));
  else if (message.type === 'artefact') current?.found(message);
  else void run(message);
});
send({ type: 'ready', usedBytes: process.memoryUsage.rss() });

async function run(message: Extract<ToSlot, { type: 'run' }>): Promise<void> {
  const { run, model: name, input, mayTakeLong } = message;
  abort = new AbortController();
  const own = createSlotContext({ run, signal: abort.signal, mayTakeLong, send });
  current = own;
  try {
    const model = models.get(name);
    if (!model) throw new Error(`no model "${name}" in this worker`);
    const members = JSON.stringify(await model.run(JSON.parse(input), own.context));
    const report = own.report();
    send({ type: 'done', members, report, usedBytes: process.memoryUsage.rss() });
  } catch (error) {
    const failure = failureOf(error);
    send({ type: 'failed', failure, usedBytes: process.memoryUsage.rss() });
  }
}

function failureOf(error: unknown): SlotFailure {
  if (!(error instanceof Error)) return { code: 'MODEL_FAILED', message: String(error) };
  const { message } = error;
  if (error instanceof InputError) return { code: 'INPUT_REFUSED', message, issues: error.issues };
  if (error instanceof RetryableError) return { code: 'RETRYABLE', message };
  if (error instanceof TakesLongError) return { code: 'TAKES_LONG', message };
  if ('code' in error && error.code === 'ENGINE_TRAPPED')
    return { code: 'ENGINE_TRAPPED', message };
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
