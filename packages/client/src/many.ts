/**
 * Any number of questions (docs/api.md#many-questions).
 *
 *  - It takes no more questions than fit into one request, and reads no more lines than are taken.
 *  - After a cut only the questions without a line are sent again: no line comes twice.
 *  - A line with a problem is a line; only what concerns the request as a whole is thrown.
 *
 * Each request is a text and not a stream, because browsers stream no body up over HTTP/1.1.
 */
import { DejaConnectionError, DejaProblemError } from './errors.ts';
import { linesOf, textOf } from './lines.ts';
import { parseWhole, problemOf } from './reply.ts';
import type { Transport } from './transport.ts';
import type { Problem, QuestionOptions } from './types.ts';

export interface ManyLine<T> {
  /** Of the question, from 0. Lines come in the order in which the answers do. */
  readonly index: number;
  readonly model_id?: string;
  readonly status: number;
  readonly x_cache?: 'HIT' | 'STALE' | 'MISS' | 'BYPASS';
  /** The answer if the status is 200, else a problem. */
  readonly body: T | Problem;
}

export interface ManyOptions extends Omit<QuestionOptions, 'idempotencyKey'> {
  /** Questions in one request. Default: 500. */
  readonly slice?: number | undefined;
}

interface Totals {
  readonly done: boolean;
  readonly problem?: Problem;
}

const SLICE = 500;
const SLICE_CHARACTERS = 4_000_000;

export async function* askMany<T>(
  transport: Transport,
  path: string,
  questions: AsyncIterable<unknown> | Iterable<unknown>,
  { slice = SLICE, signal, cacheControl, cancelAfter }: ManyOptions,
): AsyncGenerator<ManyLine<T>, void> {
  const headers = {
    'content-type': 'application/x-ndjson',
    accept: 'application/x-ndjson',
    'cache-control': cacheControl,
    'cancel-after': cancelAfter,
  };
  let base = 0;
  for await (const lines of slicesOf(untilAborted(questions, signal), slice)) {
    let open = lines.map((_, at) => at);
    for (let tries = 0; open.length > 0; tries += 1) {
      const sent = open;
      const missing = new Set(sent);
      try {
        const body = sent.map((at) => `${lines[at]}\n`).join('');
        for await (const line of answersOf<T>(transport, { path, headers, body }, signal)) {
          const at = sent[line.index] ?? -1;
          if (!missing.delete(at)) continue;
          tries = 0;
          yield { ...line, index: base + at };
        }
        open = [];
      } catch (error) {
        open = sent.filter((at) => missing.has(at));
        if (open.length > 0) await transport.pause(error, tries, { signal });
      }
    }
    base += lines.length;
  }
}

async function* answersOf<T>(
  transport: Transport,
  request: { path: string; headers: Record<string, string | undefined>; body: string },
  signal: AbortSignal | undefined,
): AsyncGenerator<ManyLine<T>, void> {
  const { status, headers, parts } = await transport.open({ method: 'POST', ...request }, signal);
  if (status !== 200) throw problemOf(status, headers, await textOf(parts));
  for await (const text of linesOf(parts)) {
    if (text === '') continue;
    const line = parseWhole(text) as ManyLine<T> | Totals;
    if (!('done' in line)) yield line;
    else if (line.done) return;
    else if (line.problem) throw new DejaProblemError(line.problem);
  }
  throw new DejaConnectionError('the answer broke off');
}

/** Questions as JSON, as many as one request may have. */
async function* slicesOf(
  questions: AsyncIterable<unknown>,
  most: number,
): AsyncGenerator<string[], void> {
  let lines: string[] = [];
  let characters = 0;
  for await (const question of questions) {
    const line = JSON.stringify(question);
    if (lines.length > 0 && characters + line.length > SLICE_CHARACTERS) {
      yield lines;
      lines = [];
      characters = 0;
    }
    lines.push(line);
    characters += line.length;
    if (lines.length < most) continue;
    yield lines;
    lines = [];
    characters = 0;
  }
  if (lines.length > 0) yield lines;
}

/** The items, until the signal aborts: also while the source is waited for. */
async function* untilAborted<T>(
  items: AsyncIterable<T> | Iterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void> {
  const source =
    Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  // One listener and a promise for each item: a promise that lives as long as the source would keep them all.
  let fail: (reason: unknown) => void = () => {};
  const leave = () => fail(signal?.reason);
  signal?.addEventListener('abort', leave);
  try {
    for (;;) {
      signal?.throwIfAborted();
      const item = await new Promise<IteratorResult<T>>((resolve, reject) => {
        fail = reject;
        Promise.resolve(source.next()).then(resolve, reject);
      });
      if (item.done) return;
      yield item.value;
    }
  } finally {
    signal?.removeEventListener('abort', leave);
    // Not waited for: a source that is stuck would hold the caller.
    Promise.resolve(source.return?.()).catch(() => {});
  }
}
