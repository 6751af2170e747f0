/**
 * Several API processes at one port (`API_PROCESSES`). This one holds the port, hands connections on in
 * turns, and computes nothing itself.
 *
 * Promises, each with a test of the same name:
 *
 *  - a process that ends is replaced;
 *  - a process that cannot start ends all of them;
 *  - a stop signal, or a Ctrl-C that reaches all of them, lets each finish what it has begun;
 *  - `/metrics` of any of them tells the figures of all.
 */
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import {
  AggregatorRegistry,
  exitAfter,
  type Logger,
  type Registry,
  STOP_MESSAGE,
  stopRequested,
} from '@deja/runtime';
import type { ApiConfig } from './config.ts';

/** A process that ends sooner than this after its start is replaced no sooner. */
const RESTART_MS = 1000;

/** Messages of prom-client travel on the same channels. */
const TYPE = 'deja:metrics';

interface Asking {
  readonly type: typeof TYPE;
  readonly id: number;
}
interface Answer extends Asking {
  readonly text?: string;
  readonly error?: string;
}

/** Resolves when all of them have ended; the exit code is set. */
export async function runProcesses(config: ApiConfig, log: Logger): Promise<void> {
  const stop = stopRequested();
  const stopping = new AbortController();
  answerMetrics();
  const slots = Array.from({ length: config.processes }, () => keepRunning(stopping, log));
  const reason = await Promise.race([stop, ...slots.map((slot) => slot.then(() => 'a failure'))]);
  stopping.abort();
  log.info({ reason, processes: config.processes }, 'api processes stopping');
  exitAfter(config.drainMs + 10_000);
  for (const worker of Object.values(cluster.workers ?? {})) worker?.send(STOP_MESSAGE);
  await Promise.all(slots);
}

/** Runs one process after the other until all stop, or until one fails before it listens. */
async function keepRunning({ signal }: AbortController, log: Logger): Promise<void> {
  while (!signal.aborted) {
    const startedAt = performance.now();
    const worker = cluster.fork();
    let isListening = false;
    worker.once('listening', () => {
      isListening = true;
    });
    const [code, by] = await once(worker, 'exit');
    if (signal.aborted) return;
    if (!isListening) {
      process.exitCode = Number(code) || 1;
      return;
    }
    log.error({ pid: worker.process.pid, code, signal: by }, 'api process ended');
    await delay(Math.max(0, RESTART_MS - (performance.now() - startedAt)), undefined, {
      signal,
    }).catch(() => undefined);
  }
}

/** Gives whoever of them is asked the sum over all. */
function answerMetrics(): void {
  const all = new AggregatorRegistry();
  cluster.on('message', (worker: Worker, { type, id }: Asking) => {
    if (type !== TYPE) return;
    const answer = (found: Pick<Answer, 'text' | 'error'>) => {
      if (worker.isConnected()) worker.send({ type, id, ...found } satisfies Answer);
    };
    all.clusterMetrics().then(
      (text) => answer({ text }),
      (error: Error) => answer({ error: error.message }),
    );
  });
}

/** The metrics of this process, or of all at its port. */
export function metricsReader(registry: Registry): () => Promise<string> {
  if (!cluster.isWorker) return () => registry.metrics();
  new AggregatorRegistry(); // lets the other side ask this process
  AggregatorRegistry.setRegistries([registry]);
  const asked = new Map<number, PromiseWithResolvers<string>>();
  let count = 0;
  process.on('message', ({ type, id, text, error = 'no metrics' }: Answer) => {
    if (type !== TYPE) return;
    const asking = asked.get(id);
    asked.delete(id);
    if (text === undefined) asking?.reject(new Error(error));
    else asking?.resolve(text);
  });
  return async () => {
    const asking = Promise.withResolvers<string>();
    const id = count++;
    asked.set(id, asking);
    process.send?.({ type: TYPE, id } satisfies Asking);
    return await asking.promise;
  };
}

/** The bounds of one process: its part of what all may take together. */
export function shareOf(config: ApiConfig): ApiConfig {
  const part = (bound: number) => Math.ceil(bound / config.processes);
  return {
    ...config,
    cacheMaxEntries: part(config.cacheMaxEntries),
    cacheMaxMemoryBytes: part(config.cacheMaxMemoryBytes),
    maxConnections: part(config.maxConnections),
    maxWaiters: part(config.maxWaiters),
    maxEventStreams: part(config.maxEventStreams),
    maxBodiesBytes: part(config.maxBodiesBytes),
    maxRepliesBytes: part(config.maxRepliesBytes),
  };
}
