export { iso, type JobOutcome, type JobViewOptions, jobView, outcomeOfEnd } from './job-view.ts';
export {
  JOB_PROBLEMS,
  type Problem,
  problemDocument,
  problemOfFailure,
} from './problem.ts';
