/**
 * A client as it should be: it asks again at another API process after a broken connection, later
 * after a 503, and follows what was acknowledged to its end. All it sees goes into the history.
 */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Answered, call, post } from '@deja/testing';
import type { History, Outcome } from './history.ts';

const PAUSE_MS = 100;
/** Beyond what the API promises: then the client gives up on the connection. */
const PATIENCE_MS = 15_000;
const LONG_POLL_S = 5;
const REFUSALS = new Set([400, 404, 405, 413, 415, 422, 500, 501, 502]);

export interface Input {
  readonly id: number;
  readonly ms?: number;
  readonly chars?: number;
  readonly busy?: boolean;
}

export interface ClientOptions {
  readonly history: History;
  /** Where an API may be reached now; asked before every request. */
  readonly api: () => string;
  /** Ends all waiting: the job that is followed is left as it is. */
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

export class Client {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Asks until it is answered or acknowledged, and follows the job to its end. */
  async ask(input: Input): Promise<void> {
    const job = await this.submit(input);
    if (job !== undefined) await this.follow(job);
  }

  /** Asks until it is answered (undefined) or acknowledged (the job's id). */
  async submit(input: Input): Promise<string | undefined> {
    for (;;) {
      const { outcome, job } = await this.once(input);
      if (outcome === 'answered' || outcome === 'refused') return undefined;
      if (outcome === 'acknowledged') return job;
      await this.#pause();
    }
  }

  /** Asks once. */
  async once(input: Input): Promise<{ outcome: Outcome; job?: string }> {
    const { history, api, headers = {} } = this.#options;
    const request = randomUUID().slice(0, 8);
    const startedAt = performance.now();
    const done = (outcome: Outcome, more = {}) => {
      const ms = Math.round(performance.now() - startedAt);
      history.add({ type: 'asked', request, input: String(input.id), outcome, ms, ...more });
    };
    try {
      const url = `${api()}/models/tally/run`;
      const { status, body } = await timed(post(url, input, headers));
      if (status === 202) {
        done('acknowledged', { job: body.job_id });
        return { outcome: 'acknowledged', job: body.job_id };
      }
      const outcome = status === 200 ? 'answered' : REFUSALS.has(status) ? 'refused' : 'rejected';
      done(outcome, { status, ...(status === 200 && { value: String(body.output.value) }) });
      return { outcome };
    } catch (error) {
      const outcome = error instanceof LateError ? 'late' : 'unknown';
      done(outcome, { why: String(error instanceof Error ? (error.cause ?? error) : error) });
      return { outcome };
    }
  }

  /** Resolves when the job has ended or was lost. */
  async follow(job: string): Promise<void> {
    const { history, api } = this.#options;
    for (;;) {
      const headers = { Prefer: `wait=${LONG_POLL_S}` };
      const seen = await timed(call(`${api()}/jobs/${job}`, { headers })).catch(() => undefined);
      if (seen?.status === 404 || seen?.status === 410) {
        history.add({ type: 'lost', job, status: seen.status });
        return;
      }
      if (seen?.status === 200 && isOver(seen)) {
        const { status, result } = seen.body;
        const value = result && String(result.output.value);
        const digest = result && digestOf(result.output);
        history.add({ type: 'ended', job, status, ...(result && { value, digest }) });
        return;
      }
      if (seen?.status !== 200) await this.#pause();
    }
  }

  async #pause(): Promise<void> {
    this.#options.signal.throwIfAborted();
    await delay(PAUSE_MS, undefined, { signal: this.#options.signal });
  }
}

class LateError extends Error {
  override readonly name = 'LateError';
}

async function timed(answer: Promise<Answered>): Promise<Answered> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new LateError()), PATIENCE_MS);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

const isOver = ({ body }: Answered) => body.status !== 'queued' && body.status !== 'running';

const digestOf = (value: unknown) =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
