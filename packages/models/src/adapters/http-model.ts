import type { z } from 'zod';
import { checkRange } from '../check-model.ts';
import type { ComputeContext, Model, ModelDefinition } from '../define-model.ts';
import { defineModel } from '../define-model.ts';
import { MAX_REPLY_BYTES } from './reply.ts';

/** The definition of a model as for `defineModel`, with a server instead of `compute`. */
export type HttpModelDefinition<I extends z.ZodType, O extends z.ZodType, N = z.output<I>> = Omit<
  ModelDefinition<I, O, N>,
  'compute' | 'perSlot'
> & {
  /** Absolute, `http:` or `https:`, without user and password; use headers for these. */
  readonly url: string;
  readonly method?: 'POST' | 'PUT';
  /** Called in the worker for every request; its result is never logged. Default: no headers. */
  readonly headers?: () => Readonly<Record<string, string>>;
  /** The value to send as JSON. Default: the normalised input. */
  readonly body?: (input: N) => unknown;
  /** Finds the output in the answer. Default: the whole answer. */
  readonly result?: (answer: unknown) => unknown;
  /** How often a request is retried while the server is unavailable or busy. Default: 3. */
  readonly retries?: number;
  /** Parallel requests of one slot; a worker has `WORKER_CONCURRENCY` slots. Default: 1. */
  readonly concurrency?: number;
  /** The longest answer, or line of a stream. Unit: bytes. Default: 8 MiB. */
  readonly maxAnswerBytes?: number;
};

const MAX_RETRIES = 100;

/**
 * Makes a model of an inference server: Deja becomes its cache and queue, and coalesces equal
 * requests. The server gets the input as JSON, and answers JSON or a stream with progress
 * (docs/models.md). If it is unavailable or busy, the request is retried. A run that is canceled or
 * takes too long ends it.
 */
export function httpModel<I extends z.ZodType, O extends z.ZodType, N = z.output<I>>({
  url: address,
  method = 'POST',
  headers = () => ({}),
  body = (input) => input,
  result = (answer) => answer,
  retries = 3,
  concurrency = 1,
  maxAnswerBytes = 8 * 1024 * 1024,
  ...definition
}: HttpModelDefinition<I, O, N>): Model {
  const url = urlOf(definition.name, address);
  checkRange(definition.name, 'retries', retries, 0, MAX_RETRIES);
  checkRange(definition.name, 'maxAnswerBytes', maxAnswerBytes, 1, MAX_REPLY_BYTES);
  const options = { url, method, headers, retries, concurrency, maxAnswerBytes };
  let opened: Promise<Client> | undefined;
  return defineModel<I, O, N>({
    ...definition,
    perSlot: concurrency,
    async compute(input, context) {
      opened ??= open(options);
      return result(await (await opened)(body(input), context)) as z.input<O>;
    },
  });
}

type Client = (body: unknown, context: ComputeContext) => Promise<unknown>;

/** Only a slot loads the HTTP client. */
async function open(options: Parameters<typeof import('./http.ts').createHttpClient>[0]) {
  return (await import('./http.ts')).createHttpClient(options);
}

function urlOf(name: string, address: string): URL {
  const url = URL.parse(address);
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw new TypeError(`model "${name}": url must be absolute, http or https, without a password`);
  return url;
}
