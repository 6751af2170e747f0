/**
 * The reconciler repairs what a crash left half done (docs/protocol.md#reconciler). Every process
 * runs it every second, and every step is safe to repeat. Without it, an acknowledged job could
 * wait for ever.
 */
import type { RunQueues } from './queue.ts';
import type { JobStore } from './runs/job-store.ts';
import type { RunStore } from './runs/run-store.ts';

export interface ReconcilerOptions {
  readonly runs: Pick<RunStore, 'pending'>;
  readonly jobs: Pick<JobStore, 'overdue' | 'expire'>;
  readonly queues: Pick<RunQueues, 'add'>;
  /** Called with the error of a failed round. The next round comes all the same. */
  readonly onError: (error: unknown) => void;
  /** Unit: ms. Default: 1000, give or take a fifth. */
  readonly everyMs?: number;
}

/** One round. */
export async function reconcile({
  runs,
  jobs,
  queues,
}: Pick<ReconcilerOptions, 'runs' | 'jobs' | 'queues'>): Promise<void> {
  for (const job of await jobs.overdue()) await jobs.expire(job);
  for (const run of await runs.pending()) await queues.add(run); // R31
}

export function startReconciler(options: ReconcilerOptions): AsyncDisposable {
  const { onError, everyMs = 1000 } = options;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let round = Promise.resolve();
  const next = () => {
    if (stopped) return;
    const waitMs = everyMs * (0.8 + 0.4 * Math.random());
    timer = setTimeout(() => {
      round = reconcile(options).catch(onError).finally(next);
    }, waitMs);
  };
  next();
  return {
    async [Symbol.asyncDispose]() {
      stopped = true;
      clearTimeout(timer);
      await round;
    },
  };
}
