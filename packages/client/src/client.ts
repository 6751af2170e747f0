/** The client of Deja's API. */
import { answerOf } from './answer.ts';
import { askBatch, type BatchItem } from './batch.ts';
import { type CacheCalls, createCacheCalls } from './cache-calls.ts';
import { type Clock, systemClock } from './clock.ts';
import { answerWithin, Job, LIMIT_MS } from './job.ts';
import { askMany, type ManyLine, type ManyOptions } from './many.ts';
import { jsonOf, type Reply } from './reply.ts';
import { type Request, Transport } from './transport.ts';
import type {
  AskOptions,
  CallOptions,
  Delivery,
  Explanation,
  ForecastAnswer,
  ForecastInput,
  JobDocument,
  ModelDocument,
  PredictAnswer,
  PredictInput,
  QuestionOptions,
  RunAnswer,
  WaitOptions,
} from './types.ts';
import { verifyWebhook } from './webhook.ts';

export interface DejaOptions {
  /** Of the API. A name and password in it are sent as Basic credentials. Default: http://127.0.0.1:8000 */
  readonly baseUrl?: string | undefined;
  /** Sent as `Authorization: Bearer`. */
  readonly apiKey?: string | undefined;
  /** Default: the platform's. */
  readonly fetch?: typeof fetch | undefined;
  /** For tests. Default: the platform's. */
  readonly clock?: Clock | undefined;
}

type Questions<T> = AsyncIterable<T> | Iterable<T>;

export class Deja {
  /** What the cache holds and does; forget parts of it. */
  readonly cache: CacheCalls;
  readonly verifyWebhook: typeof verifyWebhook = verifyWebhook;
  readonly #transport: Transport;

  constructor({ baseUrl, apiKey, fetch: fetchOfCaller, clock = systemClock }: DejaOptions = {}) {
    const url = new URL(baseUrl ?? 'http://127.0.0.1:8000');
    const basic =
      url.username && `Basic ${btoa(decodeURIComponent(`${url.username}:${url.password}`))}`;
    this.#transport = new Transport({
      baseUrl: `${url.origin}${url.pathname.replace(/\/+$/, '')}`,
      headers: { authorization: apiKey ? `Bearer ${apiKey}` : basic || undefined },
      fetch: fetchOfCaller ?? ((input, init) => fetch(input, init)),
      clock,
    });
    this.cache = createCacheCalls(this.#transport);
  }

  /**
   * Forecasts a series. Equal questions are one computation, whoever asks.
   *
   * @throws {DejaTimeoutError} when the wait is over: its job goes on; {DejaProblemError}; {DejaConnectionError}
   */
  async forecast(input: ForecastInput, options: AskOptions = {}): Promise<ForecastAnswer> {
    return await answerWithin(this.#transport, question('/forecast', input, options), options);
  }

  /** The sentiment of an English text. @throws as `forecast` */
  async predict(input: PredictInput, options: AskOptions = {}): Promise<PredictAnswer> {
    return await answerWithin(this.#transport, question('/predict', input, options), options);
  }

  /** Runs any model by its name. @throws as `forecast` */
  async run<T = RunAnswer>(model: string, input: unknown, options: AskOptions = {}): Promise<T> {
    return await answerWithin(this.#transport, question(runPath(model), input, options), options);
  }

  /** Makes a job and does not wait for it. If the answer is in the cache, the job has ended already. */
  async submit<T = RunAnswer>(
    model: string,
    input: unknown,
    options: QuestionOptions = {},
  ): Promise<Job<T>> {
    const idempotencyKey = options.idempotencyKey ?? newKey();
    const request = {
      ...question(runPath(model), input, { ...options, idempotencyKey }),
      limitMs: LIMIT_MS,
    };
    const reply = await this.#transport.send(() => request, options);
    if (reply.status === 202) {
      const { job_id: id, status } = jsonOf(reply) as JobDocument;
      return new Job<T>(this.#transport, id, status);
    }
    const answer = answerOf<T & { job_id?: string }>(reply);
    return new Job<T>(this.#transport, answer.job_id ?? '', 'succeeded', answer);
  }

  /** A job that was made before. */
  job<T = RunAnswer>(id: string): Job<T> {
    return new Job<T>(this.#transport, id);
  }

  /** Asks any number of questions. Takes them, and gives lines, as fast as both sides go. */
  many(
    model: 'forecast',
    questions: Questions<ForecastInput>,
    options?: ManyOptions,
  ): AsyncGenerator<ManyLine<ForecastAnswer>, void>;
  many<T = RunAnswer>(
    model: string,
    questions: Questions<unknown>,
    options?: ManyOptions,
  ): AsyncGenerator<ManyLine<T>, void>;
  many(model: string, questions: Questions<unknown>, options: ManyOptions = {}) {
    return askMany(this.#transport, manyPath(model), questions, options);
  }

  /** At most 1,000 questions in one request; an item that is refused spoils no other. @throws {DejaTimeoutError} if one is pending when the wait is over */
  async batch<T = RunAnswer>(
    model: string,
    inputs: readonly unknown[],
    options: WaitOptions & Pick<QuestionOptions, 'cacheControl'> = {},
  ): Promise<readonly BatchItem<T>[]> {
    return await askBatch(this.#transport, question('/batch', { model, inputs }, options), options);
  }

  /** What a question would get now, and why. Computes nothing. */
  async explain(model: string, input: unknown, options: CallOptions = {}): Promise<Explanation> {
    return await this.#json(question('/explain', { model, input }, {}), options);
  }

  async models(options: CallOptions = {}): Promise<readonly ModelDocument[]> {
    const request = { method: 'GET', path: '/models' };
    return (await this.#json<{ models: ModelDocument[] }>(request, options)).models;
  }

  /** Webhooks that Deja gave up, the latest first. For operators. */
  async deadWebhooks(options: CallOptions = {}): Promise<readonly Delivery[]> {
    const request = { method: 'GET', path: '/admin/deliveries?status=dead' };
    return (await this.#json<{ deliveries: Delivery[] }>(request, options)).deliveries;
  }

  /** Starts the schedule of a delivery again. */
  async redeliver(jobId: string, deliveryId: string, options: CallOptions = {}): Promise<Delivery> {
    const path = `/jobs/${encodeURIComponent(jobId)}/deliveries/${encodeURIComponent(deliveryId)}/redeliver`;
    return await this.#json({ method: 'POST', path }, options);
  }

  /** Any request to the API, with the client's retries. @throws {DejaProblemError} for an answer of 400 and above */
  async request(request: Request, options: CallOptions = {}): Promise<Reply> {
    return await this.#transport.send(() => ({ limitMs: LIMIT_MS, ...request }), options);
  }

  async #json<T>(request: Request, options: CallOptions): Promise<T> {
    return jsonOf(await this.request(request, options)) as T;
  }
}

const runPath = (model: string): string => `/models/${encodeURIComponent(model)}/run`;

const MANY_PATHS: Readonly<Record<string, string>> = {
  forecast: '/forecast/many',
  sentiment: '/predict/many',
};
const manyPath = (model: string): string =>
  MANY_PATHS[model] ?? `/models/${encodeURIComponent(model)}/many`;

function question(
  path: string,
  input: unknown,
  { cacheControl, cancelAfter, idempotencyKey }: QuestionOptions,
): Request {
  // Another question with these would be another job, so a repetition must be known as one.
  const isJobOfItsOwn =
    path !== '/batch' &&
    (/\bno-store\b/i.test(cacheControl ?? '') ||
      (typeof input === 'object' && input !== null && 'webhook' in input));
  const headers = {
    'content-type': 'application/json',
    'cache-control': cacheControl,
    'cancel-after': cancelAfter,
    'idempotency-key': idempotencyKey ?? (isJobOfItsOwn ? newKey() : undefined),
  };
  return { method: 'POST', path, headers, body: JSON.stringify(input) };
}

// crypto.randomUUID is not there in pages that are not https.
const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
