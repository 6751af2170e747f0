/**
 * A slot: a child process of the worker that runs one computation at a time, or several of one model
 * whose `perSlot` allows it.
 *
 * It can be killed at any moment, and it ends by itself when its worker is gone. An idle slot
 * notices that its channel closes; a watchdog thread kills one that is busy in an endless loop or in
 * native code. The same thread reports how much memory the process uses.
 *
 * What a model throws, then or later, fails the computation that it came from and no other.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { loadModels } from '@deja/models';
import { warmUp } from '@deja/models/compute';
import { CHANNEL_FD, REPORTS_FD, receive, send } from '../isolation/channel.ts';
import { type FromSlot, type SlotOptions, type ToSlot, toSlot } from '../isolation/messages.ts';
import { failureOf, payloadOf, textOf } from '../isolation/outcome.ts';
import { createSlotContext, type SlotContext } from './slot-context.ts';

const WATCHDOG = `
const { writeSync } = require('node:fs');
const { workerData: groupId } = require('node:worker_threads');
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.kill(groupId, 'SIGKILL');
  writeSync(${REPORTS_FD}, process.memoryUsage.rss() + '\\n');
}, 100);
`;
const { kill } = process;
// This process and everything its models started: it leads a process group.
const groupId = process.platform === 'win32' ? process.pid : -process.pid;
const end = () => kill.call(process, groupId, 'SIGKILL');
process.kill = (pid, signal) => {
  if (pid !== 0 && Math.abs(pid) !== process.pid)
    throw new Error(`a model may send a signal to its own process only, not to ${pid}`);
  return kill.call(process, pid, signal);
};
// Node would hand its permissions on to a program that a model starts, if that is Node, too.
process.execArgv.splice(0);
// The worker decides when a slot ends.
process.on('SIGINT', () => {});

const channel = new Socket({ fd: CHANNEL_FD, readable: true, writable: true });
channel.on('close', end);
const tell = (message: FromSlot) => send(channel, message, 'payload');

type RunMessage = Extract<ToSlot, { type: 'run' }>;

interface Running {
  readonly abort: AbortController;
  readonly own: SlotContext;
}
const running = new Map<string, Running>();
/** Of the computations that take turns. */
let lastInTurn: Promise<void> = Promise.resolve();
const USED_MS = 50;
let used = { bytes: 0, at: Number.NEGATIVE_INFINITY };
/** Which computation some code belongs to, also in what it left for later. */
const computation = new AsyncLocalStorage<string>();
process.on('uncaughtException', (error) => {
  const run = computation.getStore();
  if (run !== undefined && running.has(run)) fail(run, error);
  else console.error(`thrown outside of a computation: ${textOf(() => error)}`);
});

new Worker(WATCHDOG, { eval: true, workerData: groupId }).unref();
const { warm, ...modelOptions } = JSON.parse(process.argv[2] ?? '') as SlotOptions;
const models = await loadModels(modelOptions).catch(giveUp);
await warmUp([...models.values()].filter(({ name }) => warm.includes(name))).catch(giveUp);
receive(
  channel,
  'input',
  (received) => {
    const message = toSlot(received);
    if (message.type === 'run') return begin(message);
    const { abort, own } = running.get(message.run) ?? {};
    if (message.type === 'artefact') own?.found(message);
    else abort?.abort(new Error('nobody wants this result any more'));
  },
  end,
);
tell({ type: 'ready', usedBytes: usedBytes() });

function begin(message: RunMessage): void {
  const { run, mayTakeLong, artefacts } = message;
  const abort = new AbortController();
  const own = createSlotContext({ run, signal: abort.signal, mayTakeLong, artefacts, send: tell });
  running.set(run, { abort, own });
  const work = () => computation.run(run, compute, message, { abort, own });
  if (message.inTurn) lastInTurn = lastInTurn.then(work);
  else void work();
}

async function compute(
  { run, model: name, input }: RunMessage,
  { abort, own }: Running,
): Promise<void> {
  try {
    abort.signal.throwIfAborted();
    const model = models.get(name);
    if (!model) throw new Error(`no model "${name}" in this worker`);
    const payload = payloadOf(await model.run(JSON.parse(input), own.context));
    if (!running.has(run)) return;
    tell({ type: 'done', run, payload, report: own.report(), usedBytes: usedBytes() });
    running.delete(run);
  } catch (error) {
    if (running.has(run)) fail(run, error);
  }
}

function fail(run: string, error: unknown): void {
  running.get(run)?.abort.abort(error);
  running.delete(run);
  const failure = failureOf(error);
  tell({ type: 'failed', run, failure, usedBytes: usedBytes() });
}

/** To ask for it takes as long as a small computation, so an answer holds for a moment. */
function usedBytes(): number {
  const now = performance.now();
  if (now - used.at > USED_MS) used = { bytes: process.memoryUsage.rss(), at: now };
  return used.bytes;
}

function giveUp(error: unknown): Promise<never> {
  tell({ type: 'unable', why: textOf(() => error) });
  channel.resume(); // until the worker ends this process
  return new Promise(() => {});
}
