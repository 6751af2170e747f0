/**
 * Questions and jobs, and how the client waits for them.
 *
 *  - A pending answer is never a result: when the wait is over, it is a DejaTimeoutError with the job.
 *  - A wait is held by the server in slices of at most a minute, and each request may take 5 s longer than its slice.
 *  - A server that does not hold a request is not asked again before its Retry-After, but once more at the end.
 */
import { answerOf } from './answer.ts';
import type { Clock } from './clock.ts';
import { DejaTimeoutError } from './errors.ts';
import { followEvents } from './events.ts';
import { jsonOf, type Reply, retryAfterS } from './reply.ts';
import type { Request, Transport } from './transport.ts';
import type {
  CallOptions,
  JobDocument,
  JobEvent,
  JobHandle,
  JobStatus,
  RunAnswer,
  WaitOptions,
} from './types.ts';

export const WAIT_S = 60;
const SLICE_S = 60;
const MARGIN_S = 5;
/** For requests that wait for nothing. */
export const LIMIT_MS = 30_000;
/** A timer's error: less than this is no time left. */
const TICK_MS = 50;
const HELD_MS = 1000;

/** A job on the server, or the answer that was there at once. */
export class Job<T = RunAnswer> implements JobHandle<T> {
  /** Empty if the answer came from the cache: then there is no job. */
  readonly id: string;
  readonly #transport: Transport;
  #status: JobStatus;
  #answer: T | undefined;

  constructor(transport: Transport, id: string, status: JobStatus = 'queued', answer?: T) {
    this.#transport = transport;
    this.id = id;
    this.#status = status;
    this.#answer = answer;
  }

  get status(): JobStatus {
    return this.#status;
  }

  /** @throws {DejaTimeoutError} when the wait is over; {DejaProblemError} if the job ended without a result. */
  async result({ wait = WAIT_S, signal }: WaitOptions = {}): Promise<T> {
    this.#answer ??= await answerWithin<T>(this.#transport, resultOf(this.id), { wait, signal });
    this.#status = 'succeeded';
    return this.#answer;
  }

  /** What happens to it, until it ends. Goes on by itself when the connection breaks. */
  async *events({ signal }: CallOptions = {}): AsyncGenerator<JobEvent, void> {
    if (this.id === '') return;
    for await (const event of followEvents(this.#transport, this.id, signal)) {
      this.#status = event.job.status;
      yield event;
    }
  }

  /** Ends this job; the computation goes on if another job wants it. @throws {DejaProblemError} `job-ended` */
  async cancel({ signal }: CallOptions = {}): Promise<JobDocument> {
    const request = { method: 'DELETE', path: pathOf(this.id), limitMs: LIMIT_MS };
    const job = jsonOf(await this.#transport.send(() => request, { signal })) as JobDocument;
    this.#status = job.status;
    return job;
  }

  /** How it stands now. */
  async read({ signal }: CallOptions = {}): Promise<JobDocument> {
    const request = { method: 'GET', path: pathOf(this.id), limitMs: LIMIT_MS };
    const job = jsonOf(await this.#transport.send(() => request, { signal })) as JobDocument;
    this.#status = job.status;
    return job;
  }
}

/** Sends a question and waits for its answer. @throws {DejaTimeoutError} when the wait is over. */
export async function answerWithin<T>(
  transport: Transport,
  question: Request,
  { wait = WAIT_S, signal }: WaitOptions,
): Promise<T> {
  return answerOf<T>(await replyWithin(transport, question, { wait, signal }));
}

/** The same, as it came. */
export async function replyWithin(
  transport: Transport,
  question: Request,
  { wait = WAIT_S, signal }: WaitOptions,
): Promise<Reply> {
  const { clock } = transport;
  const leftMs = leftOf(clock, wait * 1000);
  const budget = wait > 0 ? { leftMs, signal } : { signal };
  let request = question;
  for (;;) {
    const sentAt = clock.now();
    const reply = await transport.send(() => held(request, leftMs()), budget);
    if (reply.status !== 202) return reply;
    const { job_id: id, status } = jsonOf(reply) as Pick<JobDocument, 'job_id' | 'status'>;
    if (leftMs() === 0) throw new DejaTimeoutError(new Job(transport, id, status), wait * 1000);
    if (clock.now() - sentAt < HELD_MS) {
      const toldMs = (retryAfterS(reply.headers) ?? 1) * 1000;
      await clock.sleep(Math.min(toldMs, leftMs()), signal);
    }
    request = resultOf(id);
  }
}

/** What is left of a wait that begins now. Unit: ms. */
export function leftOf(clock: Clock, waitMs: number): () => number {
  const endsAt = clock.now() + waitMs;
  return () => (endsAt - clock.now() < TICK_MS ? 0 : endsAt - clock.now());
}

/** The request with as long a wait as is left. */
export function held(request: Request, leftMs: number): Request {
  if (leftMs === 0) return { ...request, limitMs: LIMIT_MS };
  const slice = Math.min(SLICE_S, Math.ceil(leftMs / 1000));
  const headers = { ...request.headers, prefer: `wait=${slice}` };
  return { ...request, headers, limitMs: (slice + MARGIN_S) * 1000 };
}

const pathOf = (id: string): string => `/jobs/${encodeURIComponent(id)}`;

export const resultOf = (id: string): Request => ({ method: 'GET', path: `${pathOf(id)}/result` });
