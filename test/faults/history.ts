/**
 * What the clients of a fault test did and saw, and whether it keeps the promises:
 *
 *  - I1 every acknowledged job reaches a final status, in time;
 *  - I3 one input has one result;
 *  - I4 a run publishes one result, once;
 *  - I6 the API always answers, with a status that it documents, in time.
 *
 * I5, that nothing is left open afterwards, is for the queue Redis to tell: leftovers.ts.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How a request ended for its client; `unknown`: the connection broke, it may have been admitted. */
export type Outcome = 'acknowledged' | 'answered' | 'rejected' | 'refused' | 'unknown' | 'late';

/** `at`: epoch ms. */
export type Event = { readonly at: number } & (
  | {
      readonly type: 'asked';
      readonly request: string;
      readonly input: string;
      readonly outcome: Outcome;
      readonly ms: number;
      readonly status?: number;
      readonly job?: string;
      /** What a deterministic model answers, without what marks the computation. */
      readonly value?: string;
    }
  | {
      readonly type: 'ended';
      readonly job: string;
      readonly status: string;
      readonly value?: string;
      /** Of the whole result. */
      readonly digest?: string;
      readonly run?: string;
    }
  /** The queue no longer knows the job, and says so. */
  | { readonly type: 'lost'; readonly job: string; readonly status: number }
  /** Heard from the queue Redis itself. */
  | { readonly type: 'closed'; readonly run: string; readonly state: string }
  | { readonly type: 'fault'; readonly what: string }
);

type Unstamped<T> = T extends unknown ? Omit<T, 'at'> : never;

export class History {
  readonly events: Event[];

  constructor(events: readonly Event[] = []) {
    this.events = [...events];
  }

  add(event: Unstamped<Event>): void {
    this.events.push({ at: Date.now(), ...event } as Event);
  }

  all<T extends Event['type']>(type: T): Extract<Event, { type: T }>[] {
    return this.events.filter((event): event is Extract<Event, { type: T }> => event.type === type);
  }

  count(outcome: Outcome): number {
    return this.all('asked').filter((asked) => asked.outcome === outcome).length;
  }

  /** Keeps it as JSON lines under the system's temporary directory. Returns the file's path. */
  save(): string {
    const path = join(mkdtempSync(join(tmpdir(), 'deja-history-')), 'history.jsonl');
    writeFileSync(path, this.events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    return path;
  }
}

export interface Promises {
  /** From the acknowledgement to the end of a job. Unit: ms. */
  readonly endsWithinMs: number;
  /** The API's own bound to answer one request. Unit: ms. */
  readonly answersWithinMs: number;
  /** Jobs may be lost when the client is told so: the queue Redis lost data. Default: false. */
  readonly mayLose?: boolean;
  /** Final statuses that the test brings about. Default: succeeded only. */
  readonly endings?: readonly string[];
}

/** Every promise that the history breaks, as sentences; none: it keeps them all. */
export function violations(history: History, promises: Promises): string[] {
  return [
    ...unended(history, promises),
    ...unequal(history),
    ...publishedAgain(history),
    ...unanswered(history, promises),
  ];
}

function unended(history: History, { endsWithinMs, mayLose, endings }: Promises): string[] {
  const found: string[] = [];
  const ends = new Map(history.all('ended').map((event) => [event.job, event]));
  const lost = new Map(history.all('lost').map((event) => [event.job, event]));
  for (const { job, at } of history.all('asked')) {
    if (job === undefined) continue;
    const end = ends.get(job);
    const loss = lost.get(job);
    if (end === undefined && loss === undefined) found.push(`I1 job ${job} never ended`);
    else if (end === undefined && !mayLose) found.push(`I1 job ${job} was lost: ${loss?.status}`);
    else if (end !== undefined && end.at - at > endsWithinMs)
      found.push(`I1 job ${job} ended after ${end.at - at} ms`);
    if (end !== undefined && !(endings ?? ['succeeded']).includes(end.status))
      found.push(`I1 job ${job} ended ${end.status}`);
  }
  return found;
}

function unequal(history: History): string[] {
  const values = new Map<string, Set<string>>();
  const inputs = new Map<string, string>();
  const note = (input: string, value: string | undefined) => {
    if (value === undefined) return;
    values.set(input, (values.get(input) ?? new Set()).add(value));
  };
  for (const { input, value, job } of history.all('asked')) {
    note(input, value);
    if (job !== undefined) inputs.set(job, input);
  }
  for (const { job, value } of history.all('ended')) note(inputs.get(job) ?? job, value);
  return [...values]
    .filter(([, seen]) => seen.size > 1)
    .map(([input, seen]) => `I3 input ${input} has the results ${[...seen].join(', ')}`);
}

function publishedAgain(history: History): string[] {
  const found: string[] = [];
  const closed = new Map<string, string>();
  for (const { run, state } of history.all('closed')) {
    const before = closed.get(run);
    if (before !== undefined) found.push(`I4 run ${run} was closed ${before}, then ${state}`);
    closed.set(run, state);
  }
  const digests = new Map<string, string>();
  for (const { job, run, digest } of history.all('ended')) {
    if (digest === undefined) continue;
    for (const owner of [`job ${job}`, ...(run === undefined ? [] : [`run ${run}`])]) {
      const before = digests.get(owner);
      if (before !== undefined && before !== digest)
        found.push(`I4 ${owner} has two results: ${before}, ${digest}`);
      digests.set(owner, digest);
    }
  }
  return found;
}

function unanswered(history: History, { answersWithinMs }: Promises): string[] {
  return history
    .all('asked')
    .filter(
      ({ outcome, ms }) =>
        outcome === 'refused' ||
        outcome === 'late' ||
        (outcome !== 'unknown' && ms > answersWithinMs),
    )
    .map(({ request, outcome, status, ms }) =>
      outcome === 'refused'
        ? `I6 request ${request} was answered ${status}`
        : `I6 request ${request} had no answer within ${Math.round(ms)} ms`,
    );
}
