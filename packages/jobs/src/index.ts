export {
  changeShards,
  readShards,
  type ShardNumbers,
  type ShardState,
  ShardsInUseError,
} from './change-shards.ts';
export { type Delivery, LaneDeliveries } from './deliveries.ts';
export {
  IdempotencyConflictError,
  type JobsError,
  QueueFullError,
  QueueUnavailableError,
  ShardCountError,
  TenantLimitError,
} from './errors.ts';
export { type FollowOptions, followJob, isLastEvent, type JobEvent } from './events/job-events.ts';
export { JobWaiter, type WaitOptions } from './events/job-waiter.ts';
export type { RunListener } from './events/run-listener.ts';
export { untilAborted } from './events/until-aborted.ts';
export { jobIdTime, newJobId, newRandomId, newRunId, refreshJobId, runIdTime } from './ids.ts';
export { define as defineJobScript } from './lua/prelude.ts';
export type { Reply } from './lua/reply.ts';
export { createRunQueues, type RunQueues } from './queue.ts';
export {
  type Admit,
  askAll,
  askWhoAnswers,
  openQueues,
  QueueRedis,
  type QueueShards,
} from './queue-redis.ts';
export { queuesOf } from './queues.ts';
export { type ReconcilerOptions, reconcile, startReconciler } from './reconciler.ts';
export { throwRefusal } from './refusal.ts';
export { type AnsweredQuestion, recordAnswered } from './runs/answered-job.ts';
export type { AskedQuestions, EarlierQuestion, MissExplanation } from './runs/asked.ts';
export { type Claim, claimFor } from './runs/claim.ts';
export type { Figures, ModelFigures, OpenGroups, QueueFigures } from './runs/figures.ts';
export type { IdempotencyKeys } from './runs/idempotency.ts';
export { recordOf } from './runs/job-record.ts';
export type { JobLookup, JobStore } from './runs/job-store.ts';
export { type Asked, MISS_REASONS, type MissReason } from './runs/miss-reason.ts';
export {
  type AttemptRecord,
  type JobOfRun,
  type OperatorRuns,
  RUN_STATES,
  type RunDetail,
  type RunFilter,
  type RunState,
  type RunView,
} from './runs/operator-runs.ts';
export { submitRefresh } from './runs/refresh.ts';
export {
  type Attempt,
  type EndedJob,
  type FinalStatus,
  isFinal,
  type JobRecord,
  type JobStatus,
  type JoinReply,
  type JoinRequest,
  LANES,
  type Lane,
  type PendingRun,
  type Progress,
  type RateState,
  type RunFailure,
  type TenantLimits,
  type Wait,
} from './runs/run.ts';
export type {
  FailedAttempt,
  FinaliseOptions,
  FinaliseReply,
  RunStore,
  StartReply,
} from './runs/run-store.ts';
export {
  type ListedSeries,
  type PointThatCame,
  type SeriesDecision,
  SeriesLog,
  type SeriesName,
} from './series-log.ts';
export { DEFAULT_JOB_LIMITS, type JobLimits } from './settings.ts';
export { type Shard, type Shards, shardOf, shardsOf } from './shard.ts';
export { createAdmission } from './shard-count.ts';
export { type JobStores, jobStoresOf, openJobStores } from './stores.ts';
export { DEFAULT_JOB_EVENTS, JOB_EVENTS, type JobEventName, type Webhook } from './webhook.ts';
export type {
  LiveWorker,
  Receiver,
  RunningRun,
  WorkerAbout,
  WorkerModel,
  WorkerRegistry,
} from './worker-registry.ts';
