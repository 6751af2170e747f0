/** The answers to many questions: a line of NDJSON for each, or the rows of a CSV file. */
import type { Problem } from '@deja/wire';
import type { Request, Response } from 'express';
import type { SpooledResponse } from '../http/spooled-response.ts';
import { resultReply } from '../wire/result.ts';
import type { ManyQuestion } from './many-question.ts';
import type { Result } from './result.ts';

export interface ManyAnswers {
  readonly add: (question: ManyQuestion, result: Result) => Promise<void>;
  /** @param problem Why the request ended early. */
  readonly end: (problem: Problem | undefined) => Promise<void>;
}

type Named = Pick<ManyQuestion, 'index' | 'modelId'>;

/** How an answer and the totals look in one media type. */
interface Format {
  readonly type: string;
  readonly head: string;
  readonly answer: (question: Named, result: Result) => Buffer;
  readonly end: (totals: object) => string;
}

export function manyAnswers(req: Request, res: Response, output: SpooledResponse): ManyAnswers {
  const wantsCsv =
    req.path.startsWith('/forecast/') &&
    req.accepts(['application/x-ndjson', 'text/csv']) === 'text/csv';
  const format = wantsCsv ? csv() : NDJSON;
  const startedAt = performance.now();
  const counts = { total: 0, hits: 0, computed: 0, failed: 0 };
  res.status(200).set({ 'Content-Type': format.type, 'X-Accel-Buffering': 'no' });
  res.flushHeaders();
  const head = output.write(Buffer.from(format.head));
  return {
    async add(question, result) {
      if (result.outcome === 'accepted') return; // the request ends early, without its answer
      counts.total += 1;
      if (result.outcome === 'hit') counts.hits += 1;
      else counts[result.outcome === 'computed' ? 'computed' : 'failed'] += 1;
      await output.write(format.answer(question, result));
    },
    async end(problem) {
      await head;
      const seconds = Math.round(performance.now() - startedAt) / 1000;
      const end = problem ? { done: false, problem } : { done: true };
      await output.write(Buffer.from(format.end({ ...end, ...counts, seconds })));
      await output.end();
    },
  };
}

const NDJSON: Format = {
  type: 'application/x-ndjson; charset=utf-8',
  head: '',
  answer({ index, modelId }, result) {
    const { status, headers, body } = resultReply(result);
    const named = modelId === undefined ? {} : { model_id: modelId };
    const { 'X-Cache': xCache } = headers;
    const cache = xCache === undefined ? {} : { x_cache: xCache };
    const head = JSON.stringify({ index, ...named, status, ...cache }).slice(0, -1);
    return Buffer.concat([Buffer.from(`${head},"body":`), ...body, Buffer.from('}\n')]);
  },
  end: (totals) => `${JSON.stringify(totals)}\n`,
};

/** Most problems that the end of a CSV file lists. */
const MAX_LISTED = 1000;
const COLUMNS = ['ds', 'yhat', 'yhat_lower', 'yhat_upper'] as const;
type Row = Partial<Record<(typeof COLUMNS)[number], string | number>>;

function csv(): Format {
  const problems: string[] = [];
  return {
    type: 'text/csv; charset=utf-8; header=present',
    head: `${['unique_id', ...COLUMNS].join(',')}\n`,
    answer({ index, modelId = String(index) }, result) {
      if (result.outcome === 'hit' || result.outcome === 'computed') {
        const { forecast } = JSON.parse(result.payload.toString()) as { forecast: Row[] };
        const id = quoted(modelId);
        const lineOf = (row: Row) => `${id},${COLUMNS.map((name) => row[name] ?? '').join(',')}\n`;
        return Buffer.from(forecast.map(lineOf).join(''));
      }
      if (result.outcome === 'failed' && problems.length < MAX_LISTED)
        problems.push(
          `# ${JSON.stringify({ index, model_id: modelId, problem: result.problem })}\n`,
        );
      return Buffer.alloc(0);
    },
    end: (totals) => `${problems.join('')}# ${JSON.stringify(totals)}\n`,
  };
}

/** RFC 4180 section 2. */
const quoted = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
