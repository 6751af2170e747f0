/** `GET /admin/runs`, `GET /admin/runs/{run}`, `POST /admin/runs/{run}/cancel`. */
import { DEFAULT_TENANT } from '@deja/cache-core';
import {
  DEFAULT_JOB_LIMITS,
  type JobOfRun,
  type LiveWorker,
  RUN_STATES,
  type RunDetail,
  type RunState,
  type RunView,
} from '@deja/jobs';
import { iso, problemOfFailure } from '@deja/wire';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { askedBy } from '../audit/audit.ts';
import { seconds } from '../cache/figures.ts';
import type { ApiContext } from '../context.ts';
import { queryOf } from '../http/query.ts';
import { ProblemError } from '../wire/problem.ts';
import { lane } from './overview-schema.ts';

/** Groups of states, which a filter may name like one. */
const GROUPS: Readonly<Record<string, readonly RunState[]>> = {
  open: ['queued', 'retrying', 'running'],
  ended: ['succeeded', 'failed', 'canceled', 'expired'],
};
const MODEL_ID = 'model_id:';

const states = z.string().transform((text, context): RunState[] =>
  text.split(',').flatMap((name) => {
    const known = GROUPS[name] ?? RUN_STATES.filter((state) => state === name);
    if (known.length > 0) return known;
    const all = [...RUN_STATES, ...Object.keys(GROUPS)].join(', ');
    context.issues.push({ code: 'custom', message: `each is one of ${all}`, input: text });
    return [];
  }),
);

export const runsQuery = z.object({
  state: states.optional().meta({ description: 'States, separated by commas; `open`, `ended`' }),
  model: z.string().optional(),
  lane: lane.optional(),
  tenant: z.string().optional().meta({ description: 'Without keys, all is of `default`' }),
  older_than_s: z.coerce.number().min(0).optional().meta({
    description: 'From its creation until its end, or now',
  }),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z
    .string()
    .regex(/^[\w-]{1,64}$/)
    .optional()
    .meta({ description: 'A `next_cursor`' }),
});

export function runsRoute({ operatorRuns, workers }: ApiContext): RequestHandler {
  return async (req, res) => {
    const query = queryOf(req, runsQuery);
    const { state, model, lane, tenant, older_than_s: olderS, limit, cursor } = query;
    const filter = {
      ...(state && { states: state }),
      ...(model !== undefined && { model }),
      ...(lane && { lane }),
      ...(tenant !== undefined && { tenant }),
      ...(olderS !== undefined && { olderThanMs: olderS * 1000 }),
    };
    const page = { limit, ...(cursor !== undefined && { cursor }) };
    const [found, alive] = await Promise.all([operatorRuns.list(filter, page), workers.list()]);
    const view = { now: found.now, alive };
    res.json({ runs: found.runs.map((run) => presentRun(run, view)), next_cursor: found.cursor });
  };
}

export function runRoute(context: ApiContext): RequestHandler {
  const { operatorRuns, workers, deliveries } = context;
  return async (req, res) => {
    const id = String(req.params.run);
    const [run, alive] = await Promise.all([operatorRuns.read(id), workers.list()]);
    if (!run) throw new ProblemError('run-unknown', `no run ${id}`);
    res.json({
      ...presentRun(run, { now: run.now, alive }),
      queue_position: run.position,
      attempts: run.attempts.map(presentAttempt),
      stages: run.steps.map(({ at, progress }) => ({ at: iso(at), ...progress })),
      jobs: await Promise.all(run.askedBy.map((job) => presentJobOf(job, deliveries))),
      error: run.failure && run.state === 'failed' ? problemOfFailure(run.failure) : undefined,
    });
  };
}

export function cancelRunRoute({ operatorRuns, audit }: ApiContext): RequestHandler {
  return async (req, res) => {
    const run = String(req.params.run);
    const { outcome, canceled } = await operatorRuns.cancel(run);
    if (outcome === 'unknown') throw new ProblemError('run-unknown', `no run ${run}`);
    if (outcome === 'ended') throw new ProblemError('run-ended');
    audit.record(askedBy(req), 'run.canceled', run);
    res.json({ run, state: 'canceled', jobs_canceled: canceled });
  };
}

interface View {
  readonly now: number;
  readonly alive: readonly LiveWorker[];
}

function presentRun(run: RunView, { now, alive }: View) {
  const { createdAt, startedAt, lastStartedAt, finishedAt, state, usualMs } = run;
  const end = finishedAt ?? now;
  const waits = state === 'queued' || state === 'retrying';
  const worker = alive.find(({ about }) => about?.running.some((one) => one.run === run.run));
  const timeOf = (at: number | undefined) => (at === undefined ? undefined : iso(at));
  return {
    run: run.run,
    state,
    model: { name: run.model, version: run.version },
    model_id: run.tags.find((tag) => tag.startsWith(MODEL_ID))?.slice(MODEL_ID.length),
    tenant: run.tenant ?? DEFAULT_TENANT,
    lane: run.lane,
    cache_key: run.key,
    tags: run.tags,
    job_count: run.jobs,
    miss_reason: run.reason,
    created_at: iso(createdAt),
    started_at: timeOf(startedAt),
    finished_at: timeOf(finishedAt),
    waited_s: seconds(Math.max(0, (startedAt ?? end) - createdAt)),
    computed_s:
      lastStartedAt === undefined || waits ? undefined : seconds(Math.max(0, end - lastStartedAt)),
    usual_s: usualMs === undefined ? undefined : seconds(usualMs),
    tries: run.tries,
    max_tries: DEFAULT_JOB_LIMITS.maxTries,
    worker: worker?.about?.host ?? run.lastHost,
    progress: state === 'running' ? run.progress : undefined,
    stored: run.stored && !run.fenced,
  };
}

function presentAttempt({ at, tookMs, number, steps, ...rest }: RunDetail['attempts'][number]) {
  let step = at;
  return {
    try: number,
    ...rest,
    began_at: iso(at),
    took_s: seconds(tookMs),
    steps: steps.map(({ step: name, ms }) => {
      const began = step;
      step += ms;
      return { step: name, at: iso(began), took_s: seconds(ms) };
    }),
  };
}

/** A request that waited is told at the end of its job, a receiver when it takes the webhook. */
async function presentJobOf(job: JobOfRun, deliveries: ApiContext['deliveries']) {
  const {
    job: id,
    status,
    deduplicated,
    tenant,
    askedBy,
    createdAt,
    finishedAt,
    deadlineAt,
    how,
    reason,
  } = job;
  const told = how === 'wait' ? finishedAt : how === 'webhook' ? await deliveredAt() : undefined;
  return {
    ...{
      job_id: id,
      tenant: tenant ?? DEFAULT_TENANT,
      asked_by: askedBy,
      status,
      deduplicated,
      how,
    },
    asked_at: iso(createdAt),
    deadline_at: iso(deadlineAt),
    miss_reason: reason,
    told_at: told === undefined ? undefined : iso(told),
    finished_at: finishedAt === undefined ? undefined : iso(finishedAt),
  };

  async function deliveredAt(): Promise<number | undefined> {
    const last = (await deliveries.ofJob(id)).findLast(({ state }) => state === 'delivered');
    const attempt = last?.attempts.at(-1);
    return attempt && attempt.at + attempt.durationMs;
  }
}
