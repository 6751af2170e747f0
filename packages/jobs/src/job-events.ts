/**
 * A job's life as a sequence of events, each with the job as it then stood: for event streams.
 *
 *   status (queued) ── status (running) ── progress … ── done
 *
 * Ids grow, and tell where a client left off: the run's events are kept (the last 64 of them), so who
 * comes back with an id gets what it missed. A bell makes it fast; a look every two seconds makes it
 * right.
 */

import type { JobWaiter } from './job-waiter.ts';
import { isFinal, type JobRecord, type Progress } from './run.ts';
import type { RunStore } from './run-store.ts';

export interface JobEvent {
  readonly type: 'status' | 'progress' | 'done';
  readonly id: string;
  readonly job: JobRecord;
}

export interface FollowOptions {
  readonly runs: RunStore;
  readonly waiter: JobWaiter;
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
  const ring = () => wake.resolve();
  const unwatch = waiter.follow(first.run, ring);
  signal.addEventListener('abort', ring, { once: true });
  try {
    if (seen === undefined && first.status === 'queued') {
      seen = `${first.createdAt}-0`;
      yield { type: 'status', id: seen, job: first };
    }
    for (;;) {
      const lookup = await runs.readJob(first.id);
      if (lookup.outcome !== 'found') return;
      const { job } = lookup;
      for (const { id, what, text } of await runs.readEvents(job.run, seen)) {
        seen = id;
        if (what === 'progress') yield { type: 'progress', id, job: withProgress(job, text) };
        else yield { type: 'status', id, job };
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
    signal.removeEventListener('abort', ring);
  }
}

function withProgress(job: JobRecord, text: string): JobRecord {
  return { ...job, progress: JSON.parse(text) as Progress };
}
