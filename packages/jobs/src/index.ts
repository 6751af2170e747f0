export {
  type AnsweredQuestion,
  DeliveryStore,
  type OutboxFigures,
  type Page,
  type RedeliverReply,
  type Sendable,
  type Settlement,
  type Taken,
} from './delivery-store.ts';
export { type JobsError, QueueFullError, QueueUnavailableError } from './errors.ts';
export { type FollowOptions, followJob, isLastEvent, type JobEvent } from './events/job-events.ts';
export { JobWaiter, type WaitOptions } from './events/job-waiter.ts';
export { jobIdTime, newJobId, newRandomId, newRunId, refreshJobId } from './ids.ts';
export {
  createRunQueues,
  queueNameOf,
  type RunMessage,
  type RunQueues,
} from './queue.ts';
export { type ReconcilerOptions, reconcile, startReconciler } from './reconciler.ts';
export type { Figures, ModelFigures, QueueFigures } from './runs/figures.ts';
export type { IdempotencyKeys } from './runs/idempotency.ts';
export type { JobLookup, JobStore } from './runs/job-store.ts';
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
  type Progress,
  type RunFailure,
  type Wait,
} from './runs/run.ts';
export type {
  FailedAttempt,
  FinaliseReply,
  PendingRun,
  RunStore,
  StartReply,
} from './runs/run-store.ts';
export { DEFAULT_JOB_LIMITS, type JobLimits } from './settings.ts';
export { type Shard, shardOf } from './shard.ts';
export { type JobStores, openJobStores } from './stores.ts';
export {
  DEFAULT_JOB_EVENTS,
  type Delivery,
  type DeliveryAttempt,
  type DeliveryState,
  deliveryOfStatus,
  JOB_EVENTS,
  type JobEventName,
  type Turn,
  type Webhook,
} from './webhook.ts';
export { createWebhookQueue, WEBHOOK_QUEUE, type WebhookQueue } from './webhook-queue.ts';
export type { WorkerModel, WorkerRegistry } from './worker-registry.ts';
