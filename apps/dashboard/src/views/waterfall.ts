/**
 * Lays out one run as a waterfall: its steps, then each job from when it asked until it was told.
 * All times are seconds since the first of them.
 */
import type { JobOfRun, RunDetail } from '../api/run-documents.ts';

type BarKind = 'queued' | 'running' | 'failed' | 'hit' | 'job';

export interface Bar {
  readonly id: string;
  readonly name: string;
  readonly kind: BarKind;
  readonly fromS: number;
  readonly toS: number;
  /** It goes on. */
  readonly isOpen: boolean;
  /** The job's client was told of the end; one that polls asks instead. */
  readonly isTold?: boolean;
  /** Worker, or how the job hears of the end. */
  readonly note: string;
}

export interface Waterfall {
  readonly startMs: number;
  readonly lengthS: number;
  readonly ticksS: readonly number[];
  readonly steps: readonly Bar[];
  readonly jobs: readonly Bar[];
  /** When the answer was there, or the run ended otherwise. */
  readonly endS: number | undefined;
}

const ENDED = new Set(['succeeded', 'failed', 'canceled', 'expired']);
const STORES = new Set(['store', 'publish']);

export const isEnded = (state: string): boolean => ENDED.has(state);

/** @param now Epoch ms, for what is not over. */
export function layWaterfall(run: RunDetail, now: number): Waterfall {
  const ms = (at: string) => Date.parse(at);
  const createdMs = ms(run.created_at);
  const endMs = run.finished_at === undefined ? undefined : ms(run.finished_at);
  const startMs = Math.min(createdMs, ...run.jobs.map((job) => ms(job.asked_at)));
  const at = (time: number) => Math.max(0, (time - startMs) / 1000);
  const edgeMs = endMs ?? Math.max(now, createdMs);

  const steps: Bar[] = [];
  let freeMs = createdMs;
  for (const attempt of run.attempts) {
    const beganMs = ms(attempt.began_at);
    const again = attempt.try > 1;
    steps.push(waiting(again ? 'queued again' : 'queued', freeMs, beganMs, false));
    steps.push(...barsOfAttempt(attempt, at));
    freeMs = beganMs + attempt.took_s * 1000;
  }
  const startedMs = run.started_at === undefined ? undefined : ms(run.started_at);
  const isOpen = endMs === undefined;
  if (isOpen && run.state === 'running') {
    // An attempt is recorded when it ends; the one under way is known by when the run began.
    const tries = run.attempts.length;
    const beganMs =
      tries === 0 ? (startedMs ?? freeMs) : Math.max(freeMs, edgeMs - (run.computed_s ?? 0) * 1000);
    steps.push(waiting(tries === 0 ? 'queued' : 'queued again', freeMs, beganMs, false));
    const name = `try ${tries + 1}: ${run.progress?.stage ?? 'compute'}`;
    steps.push({
      ...{ id: 'now', name, kind: 'running', fromS: at(beganMs), toS: at(edgeMs), isOpen: true },
      note: run.worker ?? '',
    });
  } else if (run.attempts.length === 0 || isOpen) {
    steps.push(
      waiting(run.attempts.length === 0 ? 'queued' : 'queued again', freeMs, edgeMs, isOpen),
    );
  }

  const jobs = run.jobs.map((job) => barOfJob(job, { at, edgeMs }));
  const lengthS = Math.max(0.001, at(edgeMs), ...[...steps, ...jobs].map(({ toS }) => toS));
  const endS = endMs === undefined ? undefined : at(endMs);
  return { startMs, lengthS, ticksS: ticksFor(lengthS), steps, jobs, endS };

  function waiting(name: string, fromMs: number, toMs: number, open: boolean): Bar {
    const note = `lane ${run.lane}`;
    return {
      ...{ id: `q${steps.length}`, name, kind: 'queued', note, isOpen: open },
      ...{ fromS: at(fromMs), toS: Math.max(at(fromMs), at(toMs)) },
    };
  }
}

function barsOfAttempt(
  attempt: RunDetail['attempts'][number],
  at: (time: number) => number,
): Bar[] {
  const { outcome, code, host } = attempt;
  const hasFailed = outcome !== 'answered';
  const fromS = at(Date.parse(attempt.began_at));
  const note = hasFailed ? `${host}, ${code ?? outcome}` : host;
  const whole: Bar = {
    ...{ id: `t${attempt.try}`, name: `try ${attempt.try}: ${outcome}`, note, isOpen: false },
    ...{ kind: outcome === 'failed' ? 'failed' : 'running', fromS, toS: fromS + attempt.took_s },
  };
  if (attempt.steps.length === 0) return [whole];
  return attempt.steps.map((step, index): Bar => {
    const beganS = at(Date.parse(step.at));
    const isLast = index === attempt.steps.length - 1;
    return {
      ...{ id: `t${attempt.try}.${index}`, name: `try ${attempt.try}: ${step.step}`, note },
      kind: outcome === 'failed' && isLast ? 'failed' : STORES.has(step.step) ? 'hit' : 'running',
      ...{ fromS: beganS, toS: beganS + step.took_s, isOpen: false },
    };
  });
}

const HOW = { wait: 'waits', webhook: 'webhook', poll: 'polls' } as const;

function barOfJob(
  job: JobOfRun,
  { at, edgeMs }: { at: (time: number) => number; edgeMs: number },
): Bar {
  const told = job.told_at ?? job.finished_at;
  const isOpen = told === undefined && !isEnded(job.status);
  const toMs = told === undefined ? edgeMs : Date.parse(told);
  const fromS = at(Date.parse(job.asked_at));
  const how =
    job.status === 'succeeded' || isOpen ? HOW[job.how] : `${HOW[job.how]}, ${job.status}`;
  return {
    ...{ id: job.job_id, name: job.job_id, kind: 'job', note: how, isOpen },
    isTold: job.told_at !== undefined,
    ...{ fromS, toS: Math.max(fromS, at(toMs)) },
  };
}

/** Four to six round steps from zero on. */
export function ticksFor(lengthS: number): number[] {
  const rough = lengthS / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  const ticks: number[] = [];
  for (let n = 0; n * step <= lengthS; n += 1) ticks.push(Number((n * step).toPrecision(6)));
  return ticks;
}
