import type { z } from 'zod';
import type { ComputeContext, Model, ModelDefinition } from '../define-model.ts';
import { defineModel } from '../define-model.ts';

/** A model as `defineModel` takes it, with a server in place of `compute`. */
export type HttpModelDefinition<I extends z.ZodType, O extends z.ZodType, N = z.output<I>> = Omit<
  ModelDefinition<I, O, N>,
  'compute' | 'perSlot'
> & {
  /** Absolute, `http:` or `https:`, without a user or password: those are headers. */
  readonly url: string;
  readonly method?: 'POST' | 'PUT';
  /** Asked for at every request, in the worker; never logged. Default: none. */
  readonly headers?: () => Readonly<Record<string, string>>;
  /** What is sent as JSON. Default: the normalised input. */
  readonly body?: (input: N) => unknown;
  /** The output in what is answered. Default: all of it. */
  readonly result?: (answer: unknown) => unknown;
  /** How often it is asked again while it is away or busy. Default: 3. */
  readonly retries?: number;
  /** Requests of one slot at a time; a worker has `WORKER_CONCURRENCY` slots. Default: 1. */
  readonly concurrency?: number;
  /** Longest answer, or line of a stream. Unit: bytes. Default: 8 MiB. */
  readonly maxAnswerBytes?: number;
};

/**
 * A model that an inference server computes: Deja becomes its cache, queue and single flight. The
 * input goes there as JSON, JSON comes back, or a stream with progress (docs/models.md). A server that
 * is away or busy is asked again; a run that is canceled or takes too long ends the request.
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

/** Only a slot loads what it needs for asking. */
async function open(options: Parameters<typeof import('./http.ts').createHttpClient>[0]) {
  return (await import('./http.ts')).createHttpClient(options);
}

function urlOf(name: string, address: string): URL {
  const url = URL.parse(address);
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw new TypeError(`model "${name}": url must be absolute, http or https, without a password`);
  return url;
}
