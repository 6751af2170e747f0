/** The documents of the wire, named. They are generated from the server's OpenAPI document. */
import type { components, paths } from './schema.gen.ts';

type Schemas = components['schemas'];
export type Problem = Schemas['Problem'];
export type JobDocument = Schemas['Job'];
export type JobStatus = JobDocument['status'];
export type ModelDocument = Schemas['Model'];
export type CacheStats = Schemas['Stats'];
export type CacheEntry = Schemas['Entry'];
export type CacheAdvice = Schemas['Advice'];
export type Invalidated = Schemas['Invalidated'];
export type Explanation = Schemas['Explanation'];
export type Delivery = Schemas['Delivery'];
export type WebhookEvent = Schemas['WebhookEvent'];

type Body<Path extends '/forecast' | '/predict'> =
  paths[Path]['post']['requestBody']['content']['application/json'];

/** A date of a series. `y` is null for a gap. Further columns: `cap`, `floor`, and what the options name. */
export interface SeriesRow {
  readonly ds: string;
  readonly y: number | null;
  readonly [column: string]: string | number | boolean | null;
}

/** What is known about a date ahead. */
export interface FutureRow {
  readonly ds: string;
  readonly [column: string]: string | number | boolean | null;
}

export type ForecastInput = Omit<Body<'/forecast'>, 'data' | 'future'> & {
  readonly data: readonly SeriesRow[];
  readonly future?: readonly FutureRow[];
};
export type PredictInput = Body<'/predict'>;

/** Where an answer came from. */
export interface CacheInfo {
  readonly hit: boolean;
  /** Of a hit. */
  readonly tier?: 'memory' | 'redis' | 'disk' | undefined;
  /** Unit: s. */
  readonly ageS: number;
  readonly key?: string | undefined;
  /** Of a miss: why it was one. */
  readonly reason?: string | undefined;
}

export type Answer<T> = T & { readonly cache: CacheInfo };
export type ForecastAnswer = Answer<Schemas['Forecast']>;
export type PredictAnswer = Answer<Schemas['Prediction']>;
/** Of a model of one's own: `output` is what it computed. */
export type RunAnswer = Answer<Schemas['Answer']>;

export interface CallOptions {
  /** Ends the call, and the wait for a job. The job itself goes on: `Job.cancel()` ends it. */
  readonly signal?: AbortSignal | undefined;
}

export interface WaitOptions extends CallOptions {
  /** The longest time to wait for the answer. Unit: s. Default: 60. */
  readonly wait?: number | undefined;
}

/** Headers of a question (docs/api.md). */
export interface QuestionOptions extends CallOptions {
  /** `no-cache`, `no-store`, `max-age=60`, `max-stale`, … */
  readonly cacheControl?: string | undefined;
  /** The job's own deadline: `30s`, `5m`, `2h`. */
  readonly cancelAfter?: string | undefined;
  /** Default: a random one where a repetition would not be the same question by its content. */
  readonly idempotencyKey?: string | undefined;
}

export type AskOptions = QuestionOptions & WaitOptions;

export interface JobEvent {
  readonly type: 'status' | 'progress' | 'done';
  readonly job: JobDocument;
}

/** A job on the server. `Job` implements it. */
export interface JobHandle<T = RunAnswer> {
  readonly id: string;
  /** As far as it is known here. */
  readonly status: JobStatus;
  result(options?: WaitOptions): Promise<T>;
  events(options?: CallOptions): AsyncGenerator<JobEvent, void>;
  cancel(options?: CallOptions): Promise<JobDocument>;
}
