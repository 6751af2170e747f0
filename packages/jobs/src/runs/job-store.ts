/**
 * Jobs in the queue Redis: read, cancel, expire. Each method is one script and safe to repeat.
 *
 * Guarantee, with a test of the same name:
 *
 *  - an overdue job expires, and its run only when nobody else wants it.
 */
import { jobIdTime } from '../ids.ts';
import { cancelScript, expireScript } from '../lua/leave.ts';
import { readJobScript } from '../lua/read-job.ts';
import { overdueScript } from '../lua/recheck.ts';
import { askWhoAnswers, type QueueRedis, type QueueShards } from '../queue-redis.ts';
import { isOverdue, recordOf, waitOf } from './job-record.ts';
import type { JobRecord, Progress } from './run.ts';

export type JobLookup =
  | { readonly outcome: 'found'; readonly job: JobRecord }
  /** `expired`: there was such a job, or there may have been, and its retention is over. */
  | { readonly outcome: 'unknown' | 'expired' };

/** A step in the progress of a run. */
export interface ProgressEvent {
  /** Ids grow: ms on the queue Redis' clock, and a number. */
  readonly id: string;
  readonly progress: Progress;
}

export class JobStore {
  readonly #queues: QueueShards;

  constructor(queues: QueueShards) {
    this.#queues = queues;
  }

  /** The job as it is now. Reading a job whose deadline has passed ends it. */
  async read(id: string): Promise<JobLookup> {
    const createdAt = jobIdTime(id);
    const queue = this.#queues.ofJob(id);
    if (createdAt === undefined || !queue) return { outcome: 'unknown' };
    let { job, now, trimmed } = await readIn(queue, id);
    if (job && isOverdue(job, now)) {
      await this.expire(id);
      ({ job, now, trimmed } = await readIn(queue, id));
    }
    if (job) return { outcome: 'found', job };
    const isExpired = id <= trimmed || createdAt < now - queue.limits.retainMs;
    return { outcome: isExpired ? 'expired' : 'unknown' };
  }

  /** The bytes that FINALISE stored, or undefined when they are no longer kept. */
  async readResult(run: string): Promise<Buffer | undefined> {
    const { redis, shard } = this.#queues.ofRun(run);
    return (await redis.getBuffer(`${shard.prefix}o:${run}`)) ?? undefined;
  }

  /** The run's progress after the event `after`, oldest first; the last 64 steps are kept. */
  async readProgress(run: string, after: string | undefined): Promise<ProgressEvent[]> {
    const { redis, shard } = this.#queues.ofRun(run);
    const from = after === undefined ? '-' : `(${after}`;
    const rows = await redis.xrange(`${shard.prefix}e:${run}`, from, '+');
    return rows.map(([id, [, json = '']]) => ({ id, progress: JSON.parse(json) }));
  }

  /** Cancels an open job. Its run continues while another job wants it. */
  async cancel(job: string): Promise<void> {
    await this.#queues.ofJob(job)?.call(cancelScript, job);
  }

  /** The same for a job whose deadline has passed; does nothing to any other job. */
  async expire(job: string): Promise<void> {
    await this.#queues.ofJob(job)?.call(expireScript, job);
  }

  /** Jobs whose deadline has passed, up to 100 of each shard that answers. */
  async overdue(): Promise<string[]> {
    const found = await askWhoAnswers(this.#queues, (queue) => queue.call(overdueScript));
    return (found as string[][]).flat();
  }
}

async function readIn(queue: QueueRedis, id: string) {
  const reply = await queue.ask(readJobScript, id);
  const job = reply.hash('job');
  const run = reply.hash('run') ?? {};
  const parts = { id, run, wait: waitOf(reply), body: reply.optionalText('body') };
  return {
    job: job && recordOf({ ...parts, job }),
    now: reply.number('now'),
    trimmed: reply.text('trimmed'),
  };
}
