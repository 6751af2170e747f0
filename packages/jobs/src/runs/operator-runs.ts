/**
 * Runs as operators see them: every run that is kept, the newest first, and one run with all its jobs
 * and attempts. A list is stable: what is added later comes before its first row, never in between.
 */
import {
  cancelRunScript,
  listRunsScript,
  recordAttemptScript,
  showRunScript,
} from '../lua/operators.ts';
import type { Reply } from '../lua/reply.ts';
import { askAll, type QueueRedis, type QueueShards } from '../queue-redis.ts';
import type { Lane, Progress, RunFailure } from './run.ts';
import { joinedPage, type RunPage } from './run-page.ts';

/** `retrying`: it was tried, and waits again. */
export const RUN_STATES = [
  ...(['queued', 'retrying', 'running'] as const),
  ...(['succeeded', 'failed', 'canceled', 'expired'] as const),
] as const;
export type RunState = (typeof RUN_STATES)[number];

/** All times: epoch ms on the queue Redis' clock. */
export interface RunView {
  readonly run: string;
  readonly state: RunState;
  readonly key: string;
  readonly model: string;
  readonly version: number;
  readonly lane: Lane;
  /** For whom its place and its input count. Undefined: it was opened without a key. */
  readonly tenant: string | undefined;
  readonly tags: readonly string[];
  /** How many jobs share it or did. */
  readonly jobs: number;
  readonly createdAt: number;
  /** When its first and its last attempt began. */
  readonly startedAt: number | undefined;
  readonly lastStartedAt: number | undefined;
  readonly finishedAt: number | undefined;
  /** Attempts that began, those that fell silent included. */
  readonly tries: number;
  readonly progress: Progress | undefined;
  readonly fenced: boolean;
  readonly stored: boolean;
  /** Why the question that opened it was a miss. Undefined: many share it, or nobody knows. */
  readonly reason: string | undefined;
  /** The machine of the last attempt that is over. */
  readonly lastHost: string | undefined;
  /** Of runs of this model. Unit: ms. Undefined: none has ended. */
  readonly usualMs: number | undefined;
}

export interface RunFilter {
  readonly states?: readonly RunState[];
  readonly model?: string;
  readonly lane?: Lane;
  readonly tenant?: string;
  /** From its creation to its end, or now. Unit: ms. */
  readonly olderThanMs?: number;
}

/** What an attempt was and how long it took. */
export interface AttemptRecord {
  readonly worker: string;
  readonly host: string;
  readonly lane: Lane;
  /** A number of tries, from 1. */
  readonly number: number;
  /** `answered`, or why there was no answer. */
  readonly outcome: string;
  readonly code?: string;
  /** What it did, one after the other. Unit: ms. */
  readonly steps: readonly { readonly step: string; readonly ms: number }[];
}

export interface JobOfRun {
  readonly job: string;
  readonly status: string;
  /** It joined a run that was there. */
  readonly deduplicated: boolean;
  readonly tenant: string | undefined;
  /** The name of the key. Undefined: there was none. */
  readonly askedBy: string | undefined;
  readonly createdAt: number;
  readonly finishedAt: number | undefined;
  readonly deadlineAt: number;
  readonly how: 'wait' | 'webhook' | 'poll';
  /** Why the cache did not answer. */
  readonly reason: string | undefined;
}

export interface RunDetail extends RunView {
  readonly now: number;
  /** Up to 1,000 of them, in the order in which they came; jobs that are no longer kept are left out. */
  readonly askedBy: readonly JobOfRun[];
  readonly attempts: readonly (AttemptRecord & { readonly at: number; readonly tookMs: number })[];
  readonly steps: readonly { readonly at: number; readonly progress: Progress }[];
  /** Runs before it in its lane. Undefined: it does not wait. */
  readonly position: number | undefined;
  readonly failure: RunFailure | undefined;
}

const PARTS = 5;

export class OperatorRuns {
  readonly #queues: QueueShards;

  constructor(queues: QueueShards) {
    this.#queues = queues;
  }

  /** Looks at up to 5,000 runs of each shard: a page may have few rows, or none, and go on. */
  async list(
    filter: RunFilter,
    page: { cursor?: string; limit: number },
  ): Promise<RunPage<RunView>> {
    return joinedPage(await askAll(this.#queues, (queue) => listIn(queue, filter, page)), page);
  }

  /** Undefined: there is no such run, or it is no longer kept. */
  async read(run: string): Promise<RunDetail | undefined> {
    const reply = await this.#queues.ofRun(run).ask(showRunScript, run);
    if (reply.text('state') === '') return undefined;
    const hash = reply.hash('hash') ?? {};
    const count = { jobs: reply.number('count') };
    const failure = reply.optionalText('failure');
    const view = viewOf(reply, run, { hash, usual: reply.optionalText('usualMs') }, count);
    return {
      ...view,
      now: reply.number('now'),
      askedBy: reply
        .replies('jobs')
        .map((row) => jobOf(row.text('job'), row.hash('hash')))
        .filter((job) => job !== undefined)
        .sort((a, b) => a.createdAt - b.createdAt),
      attempts: reply.list('attempts').map((line) => attemptOf(line, view.finishedAt)),
      steps: reply.list('progress').map(stepOf),
      position: reply.optionalNumber('position'),
      failure: failure === undefined ? undefined : JSON.parse(failure),
    };
  }

  /** Cancels all its jobs. `canceled`: how many there were. */
  async cancel(run: string): Promise<{ outcome: 'ok' | 'unknown' | 'ended'; canceled: number }> {
    const reply = await this.#queues.ofRun(run).ask(cancelRunScript, run);
    const outcome = reply.text('outcome') as 'ok' | 'unknown' | 'ended';
    return { outcome, canceled: reply.number('canceled') };
  }

  /**
   * Keeps what a worker says of an attempt that gave no answer; nothing if its run is no longer kept. Of
   * one that did, FINALISE keeps it.
   */
  async record(run: string, tookMs: number, attempt: AttemptRecord): Promise<void> {
    const args = [run, Math.round(tookMs), JSON.stringify(attempt)] as const;
    await this.#queues.ofRun(run).call(recordAttemptScript, ...args);
  }
}

async function listIn(
  queue: QueueRedis,
  filter: RunFilter,
  page: { cursor?: string; limit: number },
): Promise<RunPage<RunView>> {
  const runs: RunView[] = [];
  let { cursor }: { cursor?: string | undefined } = page;
  let now = 0;
  // In parts, between which Redis serves others.
  for (let part = 0; part < PARTS && (part === 0 || cursor !== undefined); part += 1) {
    const most = page.limit - runs.length;
    if (most === 0) break;
    const args = [cursor ?? '', JSON.stringify(filter), most] as const;
    const reply = await queue.ask(listRunsScript, ...args);
    const times = reply.hash('times') ?? {};
    for (const row of reply.replies('rows')) {
      const hash = row.hash('hash') ?? {};
      runs.push(viewOf(row, row.text('run'), { hash, usual: times[`usual|${hash.model}`] }));
    }
    now = reply.number('now');
    cursor = reply.optionalText('cursor');
  }
  return { now, runs, cursor };
}

type Hash = Readonly<Record<string, string>>;

function viewOf(
  reply: Reply,
  run: string,
  { hash, usual }: { readonly hash: Hash; readonly usual: string | undefined },
  { jobs } = { jobs: reply.number('jobs') },
): RunView {
  const number = (name: string) => (hash[name] === undefined ? undefined : Number(hash[name]));
  const hasBegun = hash.started !== undefined;
  const last = reply.optionalText('last');
  const over = (number('tries') ?? 0) + (number('lost') ?? 0);
  return {
    ...{ run, jobs, state: reply.text('state') as RunState },
    ...{ key: String(hash.key), model: String(hash.model), version: Number(hash.version) },
    lane: (hash.lane ?? 'long') as Lane,
    tenant: hash.tenant,
    tags: hash.tags ? JSON.parse(hash.tags) : [],
    createdAt: Number(hash.created),
    startedAt: number('started'),
    lastStartedAt: number('since'),
    finishedAt: number('fin'),
    tries: hasBegun ? Math.max(1, over + (hash.heartbeat === '0' ? 0 : 1)) : 0,
    progress: hash.progress ? JSON.parse(hash.progress) : undefined,
    fenced: hash.fenced === '1',
    stored: hash.store !== '0',
    reason: reply.optionalText('reason'),
    lastHost: last === undefined ? undefined : attemptOf(last, undefined).host,
    usualMs: usual === undefined ? undefined : Number(usual),
  };
}

function jobOf(job: string, hash: Hash | undefined): JobOfRun | undefined {
  if (!hash) return undefined;
  return {
    ...{ job, status: String(hash.status), deduplicated: hash.dedup === '1' },
    tenant: hash.tenant,
    askedBy: hash.by || undefined,
    createdAt: Number(hash.created),
    finishedAt: hash.fin === undefined ? undefined : Number(hash.fin),
    deadlineAt: Number(hash.deadline),
    how: (hash.how ?? 'poll') as JobOfRun['how'],
    reason: hash.reason || undefined,
  };
}

/** `<when it began> <the rest as JSON>`. The last step of an answer is its publication, at the run's end. */
function attemptOf(line: unknown, finishedAt: number | undefined): RunDetail['attempts'][number] {
  const text = String(line);
  const space = text.indexOf(' ');
  const at = Number(text.slice(0, space));
  const record = JSON.parse(text.slice(space)) as AttemptRecord;
  const saidMs = record.steps.reduce((sum, { ms }) => sum + ms, 0);
  if (record.outcome !== 'answered' || finishedAt === undefined)
    return { ...record, at, tookMs: saidMs };
  const publishMs = Math.max(0, finishedAt - at - saidMs);
  const steps = [...record.steps, { step: 'publish', ms: publishMs }];
  return { ...record, steps, at, tookMs: saidMs + publishMs };
}

/** An entry of the stream of progress: its id, and name and value. */
function stepOf(entry: unknown): RunDetail['steps'][number] {
  const [id, [, json]] = entry as [string, [string, string]];
  return { at: Number(id.split('-')[0]), progress: JSON.parse(json) };
}
