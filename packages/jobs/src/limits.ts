/** Bounds of runs and jobs; every process of an installation must have the same. */
export interface JobLimits {
  /** How long a finished job and its result can be read. Unit: ms. Default: 24 h. */
  readonly retainMs: number;
  /** Finished jobs kept at most. Default: 100,000. */
  readonly maxJobs: number;
  /** Bytes of results kept at most. Default: 256 MiB. */
  readonly resultMaxBytes: number;
  /** For how long a success answers the joins that just missed it. Unit: ms. Default: 10 s. */
  readonly lastMs: number;
  /** Default: 10,000, whose end takes Redis about 130 ms. */
  readonly maxJobsPerRun: number;
  /** Open runs at most; joins are always admitted. Default: 10,000. */
  readonly queueMax: number;
  /** Open runs of one key at most; more than one only after no-cache or an invalidation. Default: 4. */
  readonly maxRunsPerKey: number;
  /** An attempt that has not been heard of for this long is dead. Unit: ms. Default: 5 s. */
  readonly runLeaseMs: number;
  /** Failures of a run that its own worker saw: with this one it has failed. Default: 3. */
  readonly maxTries: number;
  /** Workers that may fall silent in the middle of a run; with one more it has failed. Default: 20. */
  readonly maxLost: number;
  /** Deliveries of webhooks kept at most; with so many that have not ended, none are taken. Default: 100,000. */
  readonly maxDeliveries: number;
  /** How long a delivery that is over can be read and made again. Unit: ms. Default: 7 days. */
  readonly deliveryRetainMs: number;
}

export const DEFAULT_JOB_LIMITS: JobLimits = Object.freeze({
  retainMs: 86_400_000,
  maxJobs: 100_000,
  resultMaxBytes: 256 * 1024 * 1024,
  lastMs: 10_000,
  maxJobsPerRun: 10_000,
  queueMax: 10_000,
  maxRunsPerKey: 4,
  runLeaseMs: 5_000,
  maxTries: 3,
  maxLost: 20,
  maxDeliveries: 100_000,
  deliveryRetainMs: 604_800_000,
});
