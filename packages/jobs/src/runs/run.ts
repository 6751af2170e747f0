/** What runs and jobs look like outside Redis. */
import type { Token } from '@deja/cache-core';
import type { Webhook } from '../webhook.ts';

export type Lane = 'short' | 'long' | 'refresh';
export type FinalStatus = 'succeeded' | 'failed' | 'canceled' | 'expired';
export type JobStatus = 'queued' | 'running' | FinalStatus;

/** One client's submission. Times are durations: the queue Redis' clock makes them absolute. */
export interface JoinRequest {
  readonly job: string;
  /** Id of the run, should a new one be needed. */
  readonly run: string;
  readonly key: string;
  readonly model: string;
  readonly version: number;
  /** Only a worker whose model has the same one computes it. */
  readonly engine: string | undefined;
  readonly tags: readonly string[];
  readonly lane: Lane;
  /** The job expires after this time. Unit: ms. */
  readonly deadlineMs: number;
  /** It expires after this time if it has not begun. Unit: ms. Default: no such bound. */
  readonly maxQueueMs?: number;
  /** Joins only a run that has not begun (`no-cache`). Default: false. */
  readonly nocache?: boolean;
  /** Joins nothing, is joined by nobody, stored nowhere. Default: false. */
  readonly nostore?: boolean;
  /** What it computes uses nothing that earlier runs left. Default: as `nocache` or `nostore`. */
  readonly bypassArtefacts?: boolean;
  /** A background refresh: no client's job; nothing to do where a run is open. Default: false. */
  readonly refresh?: boolean;
  /** How long job and result are kept after the end. Unit: ms. Default, and at most: the limit. */
  readonly retainMs?: number;
  /** Oldest success that may answer, where a run has just ended. Unit: ms. Default: any. */
  readonly maxAgeMs?: number;
  /** Only a computation later than this one may answer. Default: any. */
  readonly afterRunSeq?: number;
  /** The process in which a request waits for the end: `JobWaiter.replyChannel`. Default: none does. */
  readonly replyChannel?: string;
  /** Who is called back. Default: nobody. */
  readonly webhook?: Webhook | undefined;
}

/** How long it may take. */
export interface Wait {
  /** Runs of its lane that are before it; undefined once it has begun. */
  readonly place: number | undefined;
  /** What runs of this model usually take. Unit: ms. Undefined: none has ended yet. */
  readonly usualMs: number | undefined;
}

export type JoinReply =
  | {
      readonly outcome: 'created' | 'joined';
      readonly run: string;
      readonly lane: Lane;
      readonly wait: Wait;
    }
  /** A run of this key has just succeeded: its result answers. */
  | {
      readonly outcome: 'done';
      readonly run: string;
      readonly finishedAt: number;
      readonly body: string;
      /** For how long the result is fresh, where it is for less than its model says. Unit: ms. */
      readonly freshMs: number | undefined;
    };

/** What an attempt is given. */
export interface Attempt {
  readonly run: string;
  readonly attemptId: string;
  readonly key: string;
  readonly model: string;
  readonly version: number;
  readonly engine: string | undefined;
  readonly tags: readonly string[];
  readonly store: boolean;
  readonly token: Token;
  /** Order of all attempts of the shard: the later START wins in every tier (R27). */
  readonly runSeq: number;
  /** Which try this is: 1 and the failures that a worker saw. */
  readonly tries: number;
  /** The normalised input, JSON. */
  readonly input: string;
  /** Nothing that earlier runs left may be used: somebody asked for that. */
  readonly bypassArtefacts: boolean;
}

export interface Progress {
  readonly fraction: number;
  readonly stage?: string;
}

/** Why a run failed, as it is stored; what a client is told is made from it. */
export interface RunFailure {
  readonly code:
    | 'INPUT_REFUSED'
    | 'MODEL_FAILED'
    | 'MODEL_TIMED_OUT'
    | 'MODEL_OUT_OF_MEMORY'
    | 'RUN_POISONED';
  readonly message: string;
  readonly issues?: readonly { readonly path: string; readonly message: string }[];
}

/** All times: epoch ms on the queue Redis' clock. */
export interface JobRecord {
  readonly id: string;
  readonly run: string;
  readonly key: string;
  readonly model: string;
  readonly version: number;
  readonly status: JobStatus;
  readonly deduplicated: boolean;
  readonly createdAt: number;
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
  readonly deadlineAt: number;
  /** Until when it must have begun. */
  readonly queueBy: number | undefined;
  /** For how long after its end it can be read, if not for as long as all. Unit: ms. */
  readonly retainMs: number | undefined;
  readonly progress: Progress | undefined;
  readonly lane: Lane;
  /** For a job that is open. */
  readonly wait: Wait | undefined;
  /** The run began before an invalidation: its result is for its own waiters only. */
  readonly fenced: boolean;
  readonly webhook: Webhook | undefined;
  /** What FINALISE stored, if it is small; `readResult` has it in any case. */
  readonly result: Buffer | undefined;
  /** Which computation the result is: entries of lesser ones are out of date. */
  readonly computation: { readonly token: Token; readonly runSeq: number } | undefined;
}

/** What a job has come to. */
export type EndedJob = Pick<JobRecord, 'run' | 'status' | 'fenced' | 'result' | 'computation'>;

export const isFinal = (status: JobStatus): status is FinalStatus =>
  status !== 'queued' && status !== 'running';
