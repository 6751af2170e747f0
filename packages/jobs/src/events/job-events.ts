/**
 * The life of a job as a sequence of events, each with the job as it was then; for event streams.
 *
 *   status (queued) ── status (running) ── progress … ── done
 *
 * Event ids grow and tell where a client stopped. The last 64 steps of a run's progress are kept,
 * so a client that reconnects with an id gets what it missed. Notifications make the sequence fast;
 * a read every two seconds makes it correct.
 */

import type { JobStore } from '../runs/job-store.ts';
import { isFinal, type JobRecord } from '../runs/run.ts';
import type { JobWaiter } from './job-waiter.ts';
import { untilAborted } from './until-aborted.ts';

export interface JobEvent {
  readonly type: 'status' | 'progress' | 'done';
  readonly id: string;
  readonly job: JobRecord;
}

export interface FollowOptions {
  readonly jobs: Pick<JobStore, 'read' | 'readProgress'>;
  readonly waiter: Pick<JobWaiter, 'follow'>;
  /** The id of the last event that the client received. Default: none. */
  readonly after?: string | undefined;
  /** Ends the sequence, e.g. when the client has gone away. */
  readonly signal: AbortSignal;
}

const DONE = /^\d+-done$/;
const STREAM_ID = /^\d{1,16}-\d{1,16}$/;

/** Whether `id` belongs to a job's last event, which nothing follows. */
export const isLastEvent = (id: string): boolean => DONE.test(id);

/** Events after `after`, until the job ends or disappears. Rejects if Redis is unavailable. */
export async function* followJob(
  first: JobRecord,
  { jobs, waiter, after, signal }: FollowOptions,
): AsyncGenerator<JobEvent> {
  let seen = after !== undefined && STREAM_ID.test(after) ? after : undefined;
  let wake = Promise.withResolvers<void>();
  const notify = () => wake.resolve();
  const unwatch = waiter.follow(first.run, notify);
  try {
    if (seen === undefined && first.status === 'queued') {
      seen = `${first.createdAt - 1}-0`;
      yield { type: 'status', id: seen, job: first };
    }
    for (;;) {
      const lookup = await untilAborted(jobs.read(first.id), signal);
      if (lookup?.outcome !== 'found' || signal.aborted) return;
      const { job } = lookup;
      const begun = beginningOf(job);
      if (begun !== undefined && isAfter(begun, seen)) {
        seen = begun;
        yield { type: 'status', id: begun, job };
      }
      const steps = await untilAborted(jobs.readProgress(job.run, seen), signal);
      for (const { id, progress } of steps ?? []) {
        seen = id;
        yield { type: 'progress', id, job: { ...job, progress } };
      }
      if (isFinal(job.status)) {
        yield { type: 'done', id: `${job.finishedAt ?? Date.now()}-done`, job };
        return;
      }
      await untilAborted(wake.promise, signal);
      wake = Promise.withResolvers();
    }
  } finally {
    unwatch();
  }
}

/**
 * The id of the event that the run has begun. It sorts after the job's creation and before the run's
 * progress, which Redis numbers from `<ms>-0`, even if all happen within the same ms.
 */
function beginningOf({ startedAt }: JobRecord): string | undefined {
  return startedAt === undefined ? undefined : `${startedAt - 1}-1`;
}

function isAfter(id: string, other: string | undefined): boolean {
  const [ms = 0, n = 0] = id.split('-').map(Number);
  const [otherMs = 0, otherN = 0] = (other ?? '').split('-').map(Number);
  return ms > otherMs || (ms === otherMs && n > otherN);
}
