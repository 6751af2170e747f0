/**
 * Requests over `fetch`.
 *
 *  - Failed connections, cut answers, 408, 429 and 503 are tried again, and a 502 or 504 that is not Deja's.
 *  - `Retry-After` wins over the pause that is drawn.
 *  - A pause that does not fit into what is left is not begun.
 */
import type { Clock } from './clock.ts';
import { DejaConnectionError, DejaProblemError } from './errors.ts';
import { textOf } from './lines.ts';
import { problemOf, type Reply, wholeJson } from './reply.ts';

export interface Request {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Those that are undefined are not sent. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | undefined;
  /** Time for the whole answer; of a stream, for each part of it. Unit: ms. Default: none. */
  readonly limitMs?: number | undefined;
}

export interface RetryOptions {
  /** What is left of the time for the call. Unit: ms. Default: LONGEST_PAUSE_MS for each pause. */
  readonly leftMs?: () => number;
  readonly signal?: AbortSignal | undefined;
}

const RETRIES = 4;
const FIRST_PAUSE_MS = 250;
/** Of calls that do not wait for anything. */
const LONGEST_PAUSE_MS = 60_000;
const RETRIED = [408, 429, 503];
const RETRIED_OF_OTHERS = [502, 504];

export interface TransportOptions {
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
}

export class Transport {
  readonly clock: Clock;
  readonly #options: TransportOptions;

  constructor(options: TransportOptions) {
    this.clock = options.clock;
    this.#options = options;
  }

  /** @param request Called before each try, because what is left to wait shrinks. */
  async send(request: () => Request, options: RetryOptions = {}): Promise<Reply> {
    for (let tries = 0; ; tries += 1) {
      try {
        const current = request();
        const { status, headers, parts } = await this.open(current, options.signal);
        const text = await textOf(parts);
        if (status < 200 || status >= 300) throw problemOf(status, headers, text);
        return { status, headers, text, json: wholeJson(headers, text) };
      } catch (error) {
        await this.pause(error, tries, options);
      }
    }
  }

  /** Sends once. `parts` is the text of the answer as it comes; who leaves it early ends the request. */
  async open(
    { method, path, headers = {}, body, limitMs }: Request,
    signal?: AbortSignal,
  ): Promise<{ status: number; headers: Headers; parts: AsyncGenerator<string, void> }> {
    signal?.throwIfAborted();
    // `@host/` behind the address would send the key to another host.
    if (!path.startsWith('/')) throw new TypeError(`a path begins with /: ${path}`);
    const ending = new AbortController();
    const leave = () => ending.abort(signal?.reason);
    signal?.addEventListener('abort', leave);
    const arm = () =>
      limitMs === undefined
        ? () => {}
        : this.clock.after(limitMs, () =>
            ending.abort(new DejaConnectionError(`no answer within ${limitMs / 1000} s`)),
          );
    let disarm = arm();
    const close = () => {
      disarm();
      signal?.removeEventListener('abort', leave);
    };
    const failure = (error: unknown): unknown => {
      close();
      if (signal?.aborted) return signal.reason;
      if (ending.signal.aborted) return ending.signal.reason;
      return connectionError(error, this.#options.baseUrl);
    };
    async function* parts(response: Response): AsyncGenerator<string, void> {
      const reader = response.body?.getReader();
      const decoder = new TextDecoder();
      try {
        for (;;) {
          const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
          if (done) return;
          // Of a stream the limit is for each part, and does not count while the part is looked at.
          const isPart = isStream(response);
          if (isPart) disarm();
          yield decoder.decode(value, { stream: true });
          if (isPart) disarm = arm();
        }
      } catch (error) {
        throw failure(error);
      } finally {
        close();
        ending.abort();
      }
    }
    try {
      const sent = { ...this.#options.headers, ...headers };
      const response = await this.#options.fetch(this.#options.baseUrl + path, {
        method,
        headers: Object.fromEntries(
          Object.entries(sent).filter(
            (header): header is [string, string] => header[1] !== undefined,
          ),
        ),
        ...(body !== undefined && { body }),
        redirect: 'manual', // a POST that follows one would become a GET
        signal: ending.signal,
      });
      return { status: response.status, headers: response.headers, parts: parts(response) };
    } catch (error) {
      throw failure(error);
    }
  }

  /** Pauses before the next try, or throws the error if there is to be none. */
  async pause(error: unknown, tries: number, { leftMs, signal }: RetryOptions = {}): Promise<void> {
    if (tries >= RETRIES || !isTransient(error)) throw error;
    const drawn = FIRST_PAUSE_MS * 2 ** tries * (0.5 + this.clock.random() / 2);
    const told = error instanceof DejaProblemError ? error.retryAfterS : undefined;
    const pauseMs = told === undefined ? drawn : told * 1000;
    if (pauseMs > (leftMs?.() ?? LONGEST_PAUSE_MS)) throw error;
    await this.clock.sleep(pauseMs, signal);
  }
}

/** Whether the same request may succeed a little later. */
function isTransient(error: unknown): boolean {
  if (error instanceof DejaConnectionError) return true;
  if (!(error instanceof DejaProblemError)) return false;
  if (RETRIED.includes(error.status)) return true;
  return error.code === 'about:blank' && RETRIED_OF_OTHERS.includes(error.status);
}

const isStream = (response: Response): boolean =>
  /event-stream|ndjson|csv/.test(response.headers.get('content-type') ?? '');

function connectionError(error: unknown, baseUrl: string): DejaConnectionError {
  const reasons: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) reasons.push(at.message);
  const last = reasons.filter((reason) => reason !== '').at(-1) ?? String(error);
  return new DejaConnectionError(`no answer from ${baseUrl}: ${last}`, { cause: error });
}
