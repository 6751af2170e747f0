/** The types of runs and jobs outside Redis. */
import type { Token } from '@deja/cache-core';
import type { Webhook } from '../webhook.ts';
import type { Claim } from './claim.ts';
import type { Asked, MissReason } from './miss-reason.ts';

/**
 * The fastest first. Short work never waits behind long work. Bulk work waits behind both and takes
 * every slot that has nothing else to do; background refreshes wait behind all others.
 */
export const LANES = ['short', 'long', 'bulk', 'refresh'] as const;
export type Lane = (typeof LANES)[number];
export type FinalStatus = 'succeeded' | 'failed' | 'canceled' | 'expired';
export type JobStatus = 'queued' | 'running' | FinalStatus;

/** One client's submission. Times are durations; the queue Redis' clock makes them absolute. */
export interface JoinRequest {
  readonly job: string;
  /** The id of the run if a new one is needed. */
  readonly run: string;
  readonly key: string;
  readonly model: string;
  readonly version: number;
  /** Only a worker whose model has the same engine computes the run. */
  readonly engine: string | undefined;
  readonly tags: readonly string[];
  readonly lane: Lane;
  /** The job expires after this time. Unit: ms. */
  readonly deadlineMs: number;
  /** The job expires after this time if its run has not begun. Unit: ms. Default: no such bound. */
  readonly maxQueueMs?: number;
  /** `no-cache`: joins only a run that has not begun. Default: false. */
  readonly nocache?: boolean;
  /** `no-store`: joins no run, is joined by nobody, and is stored nowhere. Default: false. */
  readonly nostore?: boolean;
  /** The computation uses no artefacts of earlier runs. Default: as `nocache` or `nostore`. */
  readonly bypassArtefacts?: boolean;
  /** A background refresh: no client's job, and nothing to do if a run is open. Default: false. */
  readonly refresh?: boolean;
  /** How long job and result are kept after the end. Unit: ms. Default and maximum: the limit. */
  readonly retainMs?: number | undefined;
  /** The oldest success that may answer if a run has just ended. Unit: ms. Default: any. */
  readonly maxAgeMs?: number;
  /** Only a computation later than this one may answer. Default: any. */
  readonly afterRunSeq?: number;
  /** The reply channel of the process in which a request waits for the end. Default: nobody waits. */
  readonly replyChannel?: string;
  /** The Idempotency-Key of the submission. Default: none. */
  readonly claim?: Claim | undefined;
  /** The job's webhook. Default: none. */
  readonly webhook?: Webhook | undefined;
  /** What the question is made of, so that the miss has a reason. Default: it has none. */
  readonly asked?: Asked | undefined;
  /** Who asks. Default: keys are off, and all is of one tenant. */
  readonly tenant?: string | undefined;
  /** The name of the key, for operators. Default: it has none. */
  readonly askedBy?: string | undefined;
  /** The tenant's share of the workers beside those of weight 1. Default: 1. */
  readonly weight?: number | undefined;
  /** Of the tenant. Default: none. With several shards, each has its part. */
  readonly limits?: TenantLimits | undefined;
}

/** What is left of a rate. */
export interface RateState {
  readonly perMinute: number;
  readonly left: number;
  /** When there is more: all of it, or if nothing is left, one. Unit: ms. */
  readonly resetMs: number;
}

export interface TenantLimits {
  /** Questions a minute that a run must answer. */
  readonly rpm?: number | undefined;
  readonly maxOpenRuns?: number | undefined;
  readonly maxInputBytes?: number | undefined;
}

/** The figures for estimating how long the job takes. */
export interface Wait {
  readonly lane: Lane;
  /** The number of runs before it in its lane; undefined once it has begun. */
  readonly place: number | undefined;
  /** How long it has been computed. Unit: ms. Undefined: it has not begun. */
  readonly runningMs: number | undefined;
  /** The usual time of runs of this model. Unit: ms. Undefined: none has ended yet. */
  readonly usualMs: number | undefined;
}

/** A run that is to be added to BullMQ. */
export interface PendingRun {
  readonly run: string;
  readonly key: string;
  readonly lane: Lane;
  /** When its tenant's turn came. Epoch ms on the queue Redis' clock. Default: it did not wait for one. */
  readonly handedAt?: number;
}

export type JoinReply =
  | {
      readonly outcome: 'created' | 'joined';
      /** Another than the request's, if its Idempotency-Key had one. */
      readonly job: string;
      readonly run: string;
      readonly lane: Lane;
      /** Of the job. Epoch ms on the queue Redis' clock. */
      readonly deadlineAt: number;
      readonly wait: Wait;
      readonly missReason: MissReason | undefined;
      /** Of the tenant, in this shard. Undefined: it has none. */
      readonly rate: RateState | undefined;
      /** What the caller adds to BullMQ: this run, or one that has waited longer; or nothing. */
      readonly hand: readonly PendingRun[];
    }
  /** A run of this key has just succeeded, and its result answers. */
  | {
      readonly outcome: 'done';
      readonly run: string;
      readonly finishedAt: number;
      readonly body: string;
      /** How long the result is fresh, if that is shorter than its model says. Unit: ms. */
      readonly freshMs: number | undefined;
    };

/** What START gives an attempt. */
export interface Attempt {
  readonly run: string;
  readonly attemptId: string;
  readonly key: string;
  readonly model: string;
  readonly version: number;
  readonly engine: string | undefined;
  readonly tags: readonly string[];
  /** Who opened the run. Undefined: keys are off. */
  readonly tenant?: string | undefined;
  readonly store: boolean;
  /** Birth id of the log that the token belongs to. */
  readonly log: string;
  readonly token: Token;
  /** Orders all attempts of the shard: the later START wins in every tier (R27). */
  readonly runSeq: number;
  /** The number of this try: 1 plus the failures that a worker saw. */
  readonly tries: number;
  /** The normalised input, JSON. */
  readonly input: string;
  /** No artefact of earlier runs may be used, because somebody asked for that. */
  readonly bypassArtefacts: boolean;
  /** `traceparent`s of jobs that want the run, if they have any: 32 at most. Default: none. */
  readonly traces?: readonly string[];
}

export interface Progress {
  readonly fraction: number;
  readonly stage?: string;
}

/** Why a run failed, as it is stored. The client's problem document is made from it. */
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
  /** Whose it is. Undefined: it was made while keys were off. */
  readonly tenant: string | undefined;
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
  /** When its run must have begun. */
  readonly queueBy: number | undefined;
  /** How long it can be read after its end, if not for the usual time. Unit: ms. */
  readonly retainMs: number | undefined;
  readonly progress: Progress | undefined;
  readonly lane: Lane;
  /** Only for an open job. */
  readonly wait: Wait | undefined;
  /** The run began before an invalidation, so its result is only for its own waiters. */
  readonly fenced: boolean;
  readonly webhook: Webhook | undefined;
  /** Why it was not answered from the cache, if that is known. */
  readonly missReason: MissReason | undefined;
  /** The bytes that FINALISE stored, if they are few; `readResult` reads them in any case. */
  readonly result: Buffer | undefined;
  /** The computation of the result: entries of earlier computations are out of date. */
  readonly computation: { readonly token: Token; readonly runSeq: number } | undefined;
}

/** The end of a job. */
export type EndedJob = Pick<JobRecord, 'run' | 'status' | 'fenced' | 'result' | 'computation'>;

export const isFinal = (status: JobStatus): status is FinalStatus =>
  status !== 'queued' && status !== 'running';
