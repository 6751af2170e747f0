/** Streams a job's events as server-sent events (SSE; WHATWG HTML, section 9.2), with a heartbeat. */
import { once } from 'node:events';
import { followJob, type JobEvent, type JobRecord } from '@deja/jobs';
import type { Response } from 'express';
import type { ApiContext } from '../context.ts';
import { jobReply, outcomeOf } from './outcome.ts';

/** A comment line at this interval keeps proxies from closing a quiet stream. */
const HEARTBEAT_MS = 15_000;

export interface StreamOptions {
  readonly after: string | undefined;
  readonly clientSignal: AbortSignal;
}

/** Streams the job's events until it ends, no faster than the client reads. */
export async function streamJob(
  res: Response,
  job: JobRecord,
  { after, clientSignal }: StreamOptions,
  context: ApiContext,
): Promise<void> {
  const { jobs, waiter, log } = context;
  openStream(res);
  const heartbeat = setInterval(() => res.write(': still here\n\n'), HEARTBEAT_MS);
  try {
    for await (const event of followJob(job, { jobs, waiter, after, signal: clientSignal })) {
      const data = await dataOf(event, context);
      if (!res.write(eventText(event.type, event.id, data)))
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
  openStream(res);
  res.end(eventText('done', `${Date.now()}-done`, Buffer.concat(body).toString()));
}

function openStream(res: Response): void {
  res.status(200).set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
  res.flushHeaders();
}

async function dataOf({ type, job }: JobEvent, context: ApiContext): Promise<string> {
  const { jobs } = context;
  const outcome = type === 'done' ? await outcomeOf(job, jobs) : ({ is: 'pending' } as const);
  const { body } = await jobReply(job, outcome, context);
  return Buffer.concat(body).toString();
}

const eventText = (type: string, id: string, data: string): string =>
  `event: ${type}\nid: ${id}\ndata: ${data}\n\n`;
