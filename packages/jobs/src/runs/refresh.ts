import { refreshJobId } from '../ids.ts';
import type { RunQueues } from '../queue.ts';
import type { JoinRequest } from './run.ts';
import type { RunStore } from './run-store.ts';

/** The question to compute again, and the computation that the new one must be later than. */
type Refresh = Pick<
  JoinRequest,
  | 'key'
  | 'model'
  | 'version'
  | 'engine'
  | 'tags'
  | 'deadlineMs'
  | 'bypassArtefacts'
  | 'afterRunSeq'
  | 'tenant'
  | 'weight'
>;

/**
 * Submits a question for computation in the background, behind all other work. Does nothing if a run
 * of it is open or has succeeded since `afterRunSeq`. No client's cancel ends it, because it has a
 * job of its own.
 *
 * @param input The normalised input as JSON.
 */
export async function submitRefresh(
  { runs, queues }: { runs: Pick<RunStore, 'join' | 'newRunId'>; queues: Pick<RunQueues, 'add'> },
  refresh: Refresh,
  input: string,
): Promise<void> {
  const run = runs.newRunId(refresh.key);
  const own = { run, job: refreshJobId(run), lane: 'refresh', refresh: true } as const;
  const reply = await runs.join({ ...refresh, ...own }, input);
  if (reply.outcome === 'done') return;
  await Promise.all(reply.hand.map((pending) => queues.add(pending)));
}
