/** Streams a job's events as server-sent events (SSE; WHATWG HTML, section 9.2), with a heartbeat. */
import { once } from 'node:events';
import { followJob, type JobEvent, type JobRecord, untilAborted } from '@deja/jobs';
import type { Response } from 'express';
import type { ApiContext } from '../context.ts';
import { isStillAdmitted } from '../http/principal.ts';
import { repliesOf } from '../http/replies-in-flight.ts';
import { jobReply, outcomeOf } from './outcome.ts';

/** A comment line at this interval keeps proxies from closing a quiet stream. */
const HEARTBEAT_MS = 15_000;

export interface StreamOptions {
  readonly after: string | undefined;
  readonly clientSignal: AbortSignal;
  /** Who reads it. */
  readonly tenant: string | undefined;
}

/**
 * Streams the job's events until it ends, no faster than the client reads. A key that has ended is told none. Ask `streams` in the same turn
 * whether there is room for another one.
 */
export async function streamJob(
  res: Response,
  job: JobRecord,
  { after, clientSignal, tenant }: StreamOptions,
  context: ApiContext,
): Promise<void> {
  const { jobs, waiter, streams, log } = context;
  using _ = streams.hold(tenant);
  openStream(res);
  const heartbeat = setInterval(() => res.write(': still here\n\n'), HEARTBEAT_MS);
  try {
    for await (const event of followJob(job, { jobs, waiter, after, signal: clientSignal })) {
      const data = await untilAborted(dataOf(event, context), clientSignal);
      if (data === undefined || !(await isStillAdmitted(res.req))) break;
      if (!res.write(eventBytes(res, event.type, event.id, data)))
        await once(res, 'drain', { signal: clientSignal });
    }
  } catch (err) {
    // The stream just ends: the client reconnects with the id of the last event it received.
    if (!clientSignal.aborted) log.debug({ err, job: job.id }, 'event stream');
  } finally {
    clearInterval(heartbeat);
    res.end();
  }
}

/** A HIT as a stream: a single `done` event. */
export function streamAnswer(res: Response, body: readonly Buffer[]): void {
  const event = eventBytes(res, 'done', `${Date.now()}-done`, body);
  openStream(res);
  res.end(event);
}

export function openStream(res: Response): Response {
  res.status(200).set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
  res.flushHeaders();
  return res;
}

async function dataOf({ type, job }: JobEvent, context: ApiContext): Promise<readonly Buffer[]> {
  const { jobs } = context;
  const outcome = type === 'done' ? await outcomeOf(job, jobs) : ({ is: 'pending' } as const);
  return (await jobReply(job, outcome, context)).body;
}

/** @throws ProblemError if clients already hold too much of what they do not read. */
function eventBytes(res: Response, type: string, id: string, data: readonly Buffer[]): Buffer {
  const head = Buffer.from(`event: ${type}\nid: ${id}\ndata: `);
  const event = Buffer.concat([head, ...data, Buffer.from('\n\n')]);
  repliesOf(res).holdSent(res, [event]);
  return event;
}
