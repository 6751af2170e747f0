export type { BatchItem } from './batch.ts';
export type { CacheCalls, Forgettable } from './cache-calls.ts';
export { Deja, type DejaOptions } from './client.ts';
export type { Clock } from './clock.ts';
export {
  DejaConnectionError,
  type DejaError,
  DejaProblemError,
  DejaTimeoutError,
  DejaWebhookError,
  type ProblemCode,
} from './errors.ts';
export { Job } from './job.ts';
export type { ManyLine, ManyOptions } from './many.ts';
export type { Reply } from './reply.ts';
export type { components, operations, paths } from './schema.gen.ts';
export type { Request } from './transport.ts';
export type {
  Answer,
  AskOptions,
  CacheAdvice,
  CacheEntry,
  CacheInfo,
  CacheStats,
  CallOptions,
  Delivery,
  Explanation,
  ForecastAnswer,
  ForecastInput,
  FutureRow,
  Invalidated,
  JobDocument,
  JobEvent,
  JobHandle,
  JobStatus,
  ModelDocument,
  PredictAnswer,
  PredictInput,
  Problem,
  QuestionOptions,
  RunAnswer,
  SeriesRow,
  WaitOptions,
  WebhookEvent,
} from './types.ts';
export { type VerifyWebhookOptions, verifyWebhook } from './webhook.ts';
