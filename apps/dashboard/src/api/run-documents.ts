/** What the API answers about runs, as far as the page reads it. See documents.ts. */
import type { Lane, Problem } from './documents.ts';

type Maybe<T> = T | undefined;

export type RunState =
  | 'queued'
  | 'retrying'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'canceled'
  | 'expired';

export interface Run {
  run: string;
  state: RunState;
  model: { name: string; version: number };
  model_id?: Maybe<string>;
  tenant: string;
  lane: Lane;
  cache_key: string;
  job_count: number;
  created_at: string;
  started_at?: Maybe<string>;
  finished_at?: Maybe<string>;
  waited_s: number;
  computed_s?: Maybe<number>;
  usual_s?: Maybe<number>;
  tries: number;
  max_tries: number;
  worker?: Maybe<string>;
  progress?: Maybe<{ fraction: number; stage?: Maybe<string> }>;
  stored: boolean;
  miss_reason?: Maybe<string>;
}

export interface RunPage {
  runs: Run[];
  next_cursor?: Maybe<string>;
}

export interface Attempt {
  try: number;
  host: string;
  lane: Lane;
  began_at: string;
  took_s: number;
  outcome: string;
  code?: Maybe<string>;
  steps: { step: string; at: string; took_s: number }[];
}

export interface JobOfRun {
  job_id: string;
  status: string;
  asked_at: string;
  tenant: string;
  asked_by?: Maybe<string>;
  how: 'wait' | 'webhook' | 'poll';
  deduplicated: boolean;
  deadline_at: string;
  miss_reason?: Maybe<string>;
  told_at?: Maybe<string>;
  finished_at?: Maybe<string>;
}

export interface RunDetail extends Run {
  queue_position?: Maybe<number>;
  attempts: Attempt[];
  stages: { fraction: number; stage?: Maybe<string>; at: string }[];
  jobs: JobOfRun[];
  error?: Maybe<Problem>;
}

export interface CanceledRun {
  run: string;
  state: 'canceled';
  jobs_canceled: number;
}
