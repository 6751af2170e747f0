/** Converts a job as Redis holds it to a job as the rest of the program reads it. */
import type { Reply } from '../lua/reply.ts';
import type { MissReason } from './miss-reason.ts';
import {
  type FinalStatus,
  isFinal,
  type JobRecord,
  type JobStatus,
  type Lane,
  type Wait,
} from './run.ts';

/** The figures of a script's reply for estimating how long a job takes. */
export function waitOf(reply: Reply): Wait {
  return {
    lane: (reply.optionalText('lane') ?? 'long') as Lane,
    place: reply.optionalNumber('place'),
    runningMs: reply.optionalNumber('runningMs'),
    usualMs: reply.optionalNumber('usualMs'),
  };
}

export const missReasonOf = (text: string | undefined): MissReason | undefined =>
  (text || undefined) as MissReason | undefined;

export function isOverdue({ status, deadlineAt, queueBy }: JobRecord, now: number): boolean {
  if (status === 'running') return now >= deadlineAt;
  return status === 'queued' && now >= Math.min(deadlineAt, queueBy ?? deadlineAt);
}

/** The reply of reading a job: the hashes that the scripts keep, and more if it was asked for. */
export interface JobParts {
  readonly id: string;
  readonly job: Readonly<Record<string, string>>;
  readonly run: Readonly<Record<string, string>>;
  readonly wait?: Wait;
  /** The bytes that FINALISE stored. */
  readonly body?: string | undefined;
}

const NO_WAIT: Wait = { lane: 'long', place: undefined, runningMs: undefined, usualMs: undefined };

export function recordOf({ id, job, run, wait = NO_WAIT, body }: JobParts): JobRecord {
  const time = (value: string | undefined) => (value === undefined ? undefined : Number(value));
  const startedAt = time(run.started);
  const createdAt = Number(job.created);
  const status = job.status as JobStatus | FinalStatus;
  return {
    id,
    run: String(job.run),
    tenant: job.tenant,
    key: String(job.key),
    model: String(job.model),
    version: Number(job.version),
    status,
    deduplicated: job.dedup === '1',
    createdAt,
    startedAt: startedAt === undefined ? undefined : Math.max(startedAt, createdAt),
    finishedAt: time(job.fin),
    deadlineAt: Number(job.deadline),
    queueBy: time(job.queueby),
    retainMs: time(run.retain),
    progress: status === 'running' && run.progress ? JSON.parse(run.progress) : undefined,
    lane: (run.lane ?? 'long') as Lane,
    wait: isFinal(status) ? undefined : wait,
    fenced: run.fenced === '1',
    result: body === undefined ? undefined : Buffer.from(body),
    missReason: missReasonOf(job.reason),
    webhook: job.hook ? JSON.parse(job.hook) : undefined,
    computation:
      run.runseq === undefined
        ? undefined
        : {
            token: { epoch: Number(run.epoch), seq: Number(run.seq), id: String(run.id) },
            runSeq: Number(run.runseq),
          },
  };
}
