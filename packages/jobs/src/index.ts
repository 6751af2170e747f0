export { connect, isRedisAway } from './connections.ts';
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
export { jobIdTime, newJobId, newRandomId, newRunId, refreshJobId } from './ids.ts';
export { type FollowOptions, followJob, isLastEvent, type JobEvent } from './job-events.ts';
export { JobWaiter, type WaitOptions } from './job-waiter.ts';
export { DEFAULT_JOB_LIMITS, type JobLimits } from './limits.ts';
export { type ReconcilerOptions, reconcile, startReconciler } from './reconciler.ts';
export {
  type Attempt,
  type EndedJob,
  type FinalStatus,
  isFinal,
  type JobRecord,
  type JobStatus,
  type JoinReply,
  type JoinRequest,
  type Lane,
  type Progress,
  type RunFailure,
  type Wait,
} from './run.ts';
export {
  createRunQueues,
  LANES,
  queueNameOf,
  type RunMessage,
  type RunQueues,
} from './run-queue.ts';
export {
  type FinaliseReply,
  type JobLookup,
  type ModelFigures,
  type PendingRun,
  type QueueFigures,
  RunStore,
  type StartReply,
} from './run-store.ts';
export { type Shard, shardOf } from './shard.ts';
export { type Submission, Submitter } from './submitter.ts';
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
export { type WorkerModel, WorkerRegistry } from './worker-registry.ts';
