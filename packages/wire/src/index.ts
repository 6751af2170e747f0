export { iso, type JobOutcome, type JobViewOptions, jobView, outcomeOfEnd } from './job.ts';
export {
  JOB_PROBLEMS,
  type Problem,
  problemDocument,
  problemOfFailure,
} from './problem.ts';
