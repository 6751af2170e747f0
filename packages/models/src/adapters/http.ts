/**
 * One request to an inference server over HTTP.
 *
 * The server's answer decides what follows:
 *  - 200 with JSON: the output. With NDJSON or server-sent events: replies (`reply.ts`) with
 *    progress;
 *  - 408, 425, 429, 502, 503, 504, or a connection that is refused or cut before an answer: retry,
 *    with growing pauses or as `Retry-After` says, until the retries are used up;
 *  - 401, 403, 404, 405, 407: the server refuses us, not the input: the run fails;
 *  - any other 4xx: the server refuses the input;
 *  - anything else: the run fails.
 * Errors never contain the address or headers, because clients see them.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseRetryAfter } from '@deja/runtime/http-headers';
import { Agent, type Dispatcher, request } from 'undici';
import type { ComputeContext } from '../define-model.ts';
import { InputError } from '../errors.ts';
import { createLineReader } from './line-reader.ts';
import { errorOf, parseReply, quote, type Reply } from './reply.ts';

export interface HttpOptions {
  readonly url: URL;
  readonly method: 'POST' | 'PUT';
  /** Called for every request. */
  readonly headers: () => Readonly<Record<string, string>>;
  readonly retries: number;
  readonly concurrency: number;
  readonly maxAnswerBytes: number;
}

const RETRY_MS = 250;
const MAX_RETRY_MS = 30_000;
const AGAIN = new Set([408, 425, 429, 502, 503, 504]);
const NOT_FOR_US = new Set([401, 403, 404, 405, 407]);
const BEFORE_AN_ANSWER = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);
const ACCEPT = 'application/json, application/x-ndjson, text/event-stream';

/** A failed attempt. `waitMs`: when the server wants the next one. */
class AskAgainError extends Error {
  override readonly name = 'AskAgainError';
  readonly waitMs: number | undefined;

  constructor(message: string, waitMs?: number, options?: ErrorOptions) {
    super(message, options);
    this.waitMs = waitMs;
  }
}

/** @returns A function that asks the server, with at most `concurrency` requests in parallel. */
export function createHttpClient(options: HttpOptions) {
  // The model's own time is the limit, and the slot enforces it.
  const dispatcher = new Agent({
    connections: options.concurrency,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return async (body: unknown, context: ComputeContext): Promise<unknown> => {
    for (let asked = 1; ; asked += 1) {
      try {
        return await ask(options, dispatcher, JSON.stringify(body), context);
      } catch (error) {
        if (!(error instanceof AskAgainError)) throw error;
        if (asked > options.retries)
          throw new Error(`${error.message}, asked ${asked} times`, { cause: error });
        const ownMs = RETRY_MS * 2 ** (asked - 1) * (0.5 + Math.random());
        const { signal } = context;
        const waitMs = Math.min(error.waitMs ?? ownMs, MAX_RETRY_MS);
        await delay(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    }
  };
}

async function ask(
  { url, method, headers, maxAnswerBytes }: HttpOptions,
  dispatcher: Dispatcher,
  body: string,
  { signal, progress }: ComputeContext,
): Promise<unknown> {
  let response: Dispatcher.ResponseData;
  try {
    const own = { 'content-type': 'application/json', accept: ACCEPT };
    const all = { ...own, ...headers() };
    response = await request(url, { method, headers: all, body, signal, dispatcher });
  } catch (error) {
    signal.throwIfAborted();
    const code = (error as NodeJS.ErrnoException).code ?? '';
    const message = `the server cannot be reached: ${code || (error as Error).message}`;
    if (BEFORE_AN_ANSWER.has(code)) throw new AskAgainError(message, undefined, { cause: error });
    throw new Error(message, { cause: error });
  }
  const { statusCode: status } = response;
  try {
    if (status === 200) return await readOutput(response, { maxAnswerBytes, progress });
    // The rest, which would not be quoted, is not read.
    const text = await readText(response, 16_384);
    const said = `the server answered ${status}: ${wordsOf(text)}`;
    if (AGAIN.has(status)) {
      const retryAfter = String(response.headers['retry-after'] ?? '');
      throw new AskAgainError(said, parseRetryAfter(retryAfter, Date.now()));
    }
    if (status >= 400 && status < 500 && !NOT_FOR_US.has(status))
      throw new InputError(wordsOf(text));
    throw new Error(said);
  } catch (error) {
    signal.throwIfAborted();
    response.body.on('error', () => {}).destroy();
    if ((error as NodeJS.ErrnoException).code === 'UND_ERR_SOCKET')
      throw new Error(`the server broke off in the middle of its answer`, { cause: error });
    throw error;
  }
}

interface Reading {
  readonly maxAnswerBytes: number;
  readonly progress: ComputeContext['progress'];
}

async function readOutput(
  response: Dispatcher.ResponseData,
  { maxAnswerBytes, progress }: Reading,
): Promise<unknown> {
  const type = String(response.headers['content-type'] ?? '')
    .split(';')[0]
    ?.trim();
  if (type === 'application/x-ndjson' || type === 'text/event-stream') {
    const reply = await readReplies(response, { maxAnswerBytes, progress });
    if ('error' in reply) throw errorOf(reply.error);
    if ('output' in reply) return reply.output;
  }
  const text = await readText(response, maxAnswerBytes, { isLimit: true });
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`the server answered what is no JSON: ${quote(text)}`);
  }
}

/** The reply that ends the stream. */
async function readReplies(
  response: Dispatcher.ResponseData,
  { maxAnswerBytes, progress }: Reading,
): Promise<Reply> {
  const isEvents = String(response.headers['content-type']).startsWith('text/event-stream');
  let last: Reply | undefined;
  const garbage = (line: string) =>
    new Error(`the server streamed what is no reply: ${quote(line)}`);
  const lines = createLineReader(maxAnswerBytes, (line, isCut) => {
    if (isCut) throw new Error(`the server streamed a line of more than ${maxAnswerBytes} bytes`);
    // Only the data of an event counts; comments and empty lines keep a stream alive.
    if (isEvents && !line.startsWith('data:')) return;
    const text = isEvents ? line.slice('data:'.length) : line;
    if (text.trim() === '' || last) return;
    const parsed = parseReply(text);
    if (!parsed) throw garbage(line);
    if ('progress' in parsed.reply) progress(parsed.reply.progress, parsed.reply.stage);
    else last = parsed.reply;
  });
  for await (const chunk of response.body) {
    lines.push(chunk as Buffer);
    if (last) break;
  }
  lines.end();
  if (!last) throw new Error(`the server ended its stream without an output`);
  return last;
}

/** @param isLimit More than `maxBytes` is an error. Default: the rest is not read. */
async function readText(
  { body }: Dispatcher.ResponseData,
  maxBytes: number,
  { isLimit = false } = {},
): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes <= maxBytes) continue;
    if (isLimit) throw new Error(`the server answered more than ${maxBytes} bytes`);
    break;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8');
}

/** The message in an error's body, if there is one. */
function wordsOf(text: string): string {
  try {
    const { message, detail, error, title } = JSON.parse(text);
    const words = [message, detail, error?.message, error, title].find(
      (value) => typeof value === 'string',
    );
    return quote(words ?? text);
  } catch {
    return quote(text);
  }
}
