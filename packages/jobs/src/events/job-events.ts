/**
 * A job's life as a sequence of events, each with the job as it then stood: for event streams.
 *
 *   status (queued) ── status (running) ── progress … ── done
 *
 * Ids grow, and tell where a client left off: the run's progress is kept (the last 64 steps), so who
 * comes back with an id gets what it missed. A notifier makes it fast; a look every two seconds makes it
 * right.
 */

import { isFinal, type JobRecord } from '../runs/run.ts';
import type { RunStore } from '../runs/run-store.ts';
import type { JobWaiter } from './job-waiter.ts';

export interface JobEvent {
  readonly type: 'status' | 'progress' | 'done';
  readonly id: string;
  readonly job: JobRecord;
}

export interface FollowOptions {
  readonly runs: Pick<RunStore, 'readJob' | 'readProgress'>;
  readonly waiter: Pick<JobWaiter, 'follow'>;
  /** The id of the last event that the client has seen. Default: none. */
  readonly after?: string | undefined;
  /** Ends the sequence, e.g. when the client has gone away. */
  readonly signal: AbortSignal;
}

const DONE = /^\d+-done$/;
const STREAM_ID = /^\d{1,16}-\d{1,16}$/;

/** Whether `id` is that of a job's last event: nothing comes after it. */
export const isLastEvent = (id: string): boolean => DONE.test(id);

/** Events after `after`, until the job has ended or has vanished. Rejects when Redis is away. */
export async function* followJob(
  first: JobRecord,
  { runs, waiter, after, signal }: FollowOptions,
): AsyncGenerator<JobEvent> {
  let seen = after !== undefined && STREAM_ID.test(after) ? after : undefined;
  let wake = Promise.withResolvers<void>();
  const notify = () => wake.resolve();
  const unwatch = waiter.follow(first.run, notify);
  signal.addEventListener('abort', notify, { once: true });
  try {
    if (seen === undefined && first.status === 'queued') {
      seen = `${first.createdAt - 1}-0`;
      yield { type: 'status', id: seen, job: first };
    }
    for (;;) {
      const lookup = await runs.readJob(first.id);
      if (lookup.outcome !== 'found') return;
      const { job } = lookup;
      const begun = beginningOf(job);
      if (begun !== undefined && isAfter(begun, seen)) {
        seen = begun;
        yield { type: 'status', id: begun, job };
      }
      for (const { id, progress } of await runs.readProgress(job.run, seen)) {
        seen = id;
        yield { type: 'progress', id, job: { ...job, progress } };
      }
      if (isFinal(job.status)) {
        yield { type: 'done', id: `${job.finishedAt ?? Date.now()}-done`, job };
        return;
      }
      await wake.promise;
      if (signal.aborted) return;
      wake = Promise.withResolvers();
    }
  } finally {
    unwatch();
    signal.removeEventListener('abort', notify);
  }
}

/**
 * The id of the event that its run has begun: after that of its creation and before its progress, which
 * Redis numbers from `<ms>-0`, also where all of them are of the same ms.
 */
function beginningOf({ startedAt }: JobRecord): string | undefined {
  return startedAt === undefined ? undefined : `${startedAt - 1}-1`;
}

function isAfter(id: string, other: string | undefined): boolean {
  const [ms = 0, n = 0] = id.split('-').map(Number);
  const [otherMs = 0, otherN = 0] = (other ?? '').split('-').map(Number);
  return ms > otherMs || (ms === otherMs && n > otherN);
}
