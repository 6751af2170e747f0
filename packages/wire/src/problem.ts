/**
 * Problem documents (RFC 9457), and the problems with which a job can end. The API and webhooks use
 * the same ones.
 */
import type { RunFailure } from '@deja/jobs';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly errors?: NonNullable<RunFailure['issues']>;
}

/** A kind of problem: its status and title. */
type ProblemKind = readonly [status: number, title: string];

export const JOB_PROBLEMS = {
  'job-canceled': [409, 'The job was canceled'],
  'job-gone': [410, 'The job is no longer kept'],
  'input-refused': [422, 'The model refuses this input'],
  'model-failed': [500, 'The model failed'],
  'model-out-of-memory': [500, 'The model needs more memory than it may have'],
  'run-poisoned': [500, 'The model crashed again and again on this input'],
  'model-timed-out': [504, 'The model took too long'],
  'job-expired': [504, 'The job did not end before its deadline'],
} as const satisfies Record<string, ProblemKind>;

type JobProblemName = keyof typeof JOB_PROBLEMS;

export interface ProblemDetails {
  readonly detail?: string | undefined;
  readonly errors?: Problem['errors'] | undefined;
}

export function problemDocument(
  name: string,
  [status, title]: ProblemKind,
  { detail, errors }: ProblemDetails = {},
): Problem {
  return {
    type: `urn:deja:problem:${name}`,
    title,
    status,
    ...(detail !== undefined && { detail }),
    ...(errors && errors.length > 0 && { errors }),
  };
}

export const jobProblem = (name: JobProblemName, details?: ProblemDetails): Problem =>
  problemDocument(name, JOB_PROBLEMS[name], details);

const NAME_OF_FAILURE = {
  INPUT_REFUSED: 'input-refused',
  MODEL_FAILED: 'model-failed',
  MODEL_TIMED_OUT: 'model-timed-out',
  MODEL_OUT_OF_MEMORY: 'model-out-of-memory',
  RUN_POISONED: 'run-poisoned',
} as const satisfies Record<RunFailure['code'], JobProblemName>;

/** The problem that a client sees for a failed run. */
export function problemOfFailure({ code, message, issues }: RunFailure): Problem {
  return jobProblem(NAME_OF_FAILURE[code], { detail: message, errors: issues });
}
