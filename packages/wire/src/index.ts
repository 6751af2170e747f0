export {
  iso,
  type JobOutcome,
  outcomeOfEnd,
  type PresentJobOptions,
  presentJob,
  retainedUntil,
} from './job.ts';
export {
  JOB_PROBLEMS,
  type Problem,
  problemDocument,
  problemOfFailure,
} from './problem.ts';
