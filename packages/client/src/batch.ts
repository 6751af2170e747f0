/** A batch: what is pending when its answer comes is waited for, one item after the other. */
import { DejaProblemError, DejaTimeoutError } from './errors.ts';
import { held, Job, leftOf, replyWithin, resultOf, WAIT_S } from './job.ts';
import { jsonOf } from './reply.ts';
import type { Request, Transport } from './transport.ts';
import type { JobDocument, Problem, WaitOptions } from './types.ts';

export interface BatchItem<T> {
  readonly status: number;
  /** The answer if the status is 200, else a problem. */
  readonly body: T | Problem;
}

export async function askBatch<T>(
  transport: Transport,
  request: Request,
  { wait = WAIT_S, signal }: WaitOptions,
): Promise<readonly BatchItem<T>[]> {
  const leftMs = leftOf(transport.clock, wait * 1000);
  const retry = wait > 0 ? { leftMs, signal } : { signal };
  const reply = await transport.send(() => held(request, leftMs()), retry);
  const { items } = jsonOf(reply) as { items: BatchItem<T>[] };
  const ended: BatchItem<T>[] = [];
  for (const item of items) {
    if (item.status !== 202) {
      ended.push(item);
      continue;
    }
    const { job_id: id, status } = item.body as JobDocument;
    if (leftMs() === 0) throw new DejaTimeoutError(new Job(transport, id, status), wait * 1000);
    const body = replyWithin(transport, resultOf(id), { wait: leftMs() / 1000, signal });
    ended.push(await body.then((reply) => ({ status: 200, body: jsonOf(reply) as T }), refusal));
  }
  return ended;
}

function refusal(error: unknown): BatchItem<never> {
  if (error instanceof DejaProblemError) return { status: error.status, body: error.problem };
  throw error;
}
