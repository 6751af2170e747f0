/**
 * A slot: a child process of the worker in which one computation runs at a time.
 *
 * It can be killed at any moment, and it ends by itself when its worker is gone: `disconnect` tells
 * an idle one, and a watchdog thread kills one that is busy in an endless loop or in native code.
 */
import { Worker } from 'node:worker_threads';
import { InputError, loadModels, RetryableError } from '@deja/models';
import { warmUp } from '@deja/models/compute';
import type { FromSlot, SlotFailure, SlotModels, ToSlot } from './messages.ts';

const WATCHDOG = `
const parent = process.ppid;
setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL'); }, 500);
`;
new Worker(WATCHDOG, { eval: true }).unref();
process.once('disconnect', () => process.exit(0));
// The worker decides when a slot ends; a Ctrl-C in the terminal reaches this process, too.
process.on('SIGINT', () => {});

const { modulePaths, cwd } = JSON.parse(process.argv[2] ?? '') as SlotModels;
const models = await loadModels({ modulePaths, cwd });
await warmUp();

let abort = new AbortController();
process.on('message', (message: ToSlot) => {
  if (message.type === 'abort') abort.abort(new Error('nobody wants this result any more'));
  else void run(message.model, message.input);
});
send({ type: 'ready' });

async function run(name: string, input: string): Promise<void> {
  abort = new AbortController();
  try {
    const model = models.get(name);
    if (!model) throw new Error(`no model "${name}" in this worker`);
    const members = await model.run(JSON.parse(input), {
      signal: abort.signal,
      progress: (fraction, stage) =>
        send({ type: 'progress', fraction, ...(stage !== undefined && { stage }) }),
    });
    send({ type: 'done', members: JSON.stringify(members) });
  } catch (error) {
    send({ type: 'failed', failure: failureOf(error) });
  }
}

function failureOf(error: unknown): SlotFailure {
  if (!(error instanceof Error)) return { code: 'MODEL_FAILED', message: String(error) };
  const { message } = error;
  if (error instanceof InputError) return { code: 'INPUT_REFUSED', message, issues: error.issues };
  if (error instanceof RetryableError) return { code: 'RETRYABLE', message };
  if ('code' in error && error.code === 'ENGINE_TRAPPED')
    return { code: 'ENGINE_TRAPPED', message };
  return { code: 'MODEL_FAILED', message };
}

function send(message: FromSlot): void {
  process.send?.(message);
}
