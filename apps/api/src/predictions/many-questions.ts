/**
 * Reads many questions from a request's body, one at a time.
 *
 * A question that cannot be read is one that throws when its input is asked for. What makes the rest
 * unreadable ends the reading with a `ProblemError`.
 */
import type { Model } from '@deja/models';
import type { Request } from 'express';
import type { ByteBudget } from '../http/byte-budget.ts';
import { ProblemError } from '../wire/problem.ts';
import { csvQueryOf, csvSeries } from './many-csv.ts';
import { ndjsonQuestions } from './many-ndjson.ts';
import type { ManyQuestion } from './many-question.ts';

export interface ReadLimits {
  /** Of a line, or of a series. */
  readonly maxBodyBytes: number;
  /** How long the client may send nothing while it is read from. Unit: ms. */
  readonly bodyIdleMs: number;
  /** What the tenant may hold of the bodies of this process. */
  readonly bodies: ByteBudget;
}

/** @throws ProblemError for a media type that is not taken, or a query that is malformed. */
export function manyQuestions(
  req: Request,
  model: Model,
  limits: ReadLimits,
): AsyncIterable<ManyQuestion> {
  if (req.get('content-encoding') !== undefined)
    throw new ProblemError(
      'unsupported-media-type',
      'many questions come without Content-Encoding',
    );
  const { maxBodyBytes, bodyIdleMs, bodies } = limits;
  if (req.is('application/x-ndjson'))
    return ndjsonQuestions(chunksOf(req, bodyIdleMs), maxBodyBytes, bodies);
  if (model.name === 'forecast' && req.is('text/csv'))
    return csvSeries(chunksOf(req, bodyIdleMs), csvQueryOf(req.url), maxBodyBytes, bodies);
  const given = req.get('content-type') ?? 'none';
  const taken = `application/x-ndjson${model.name === 'forecast' ? ' or text/csv' : ''}`;
  throw new ProblemError(
    'unsupported-media-type',
    `${taken} is taken, the Content-Type is ${given}`,
  );
}

/** The body's chunks. Time counts only while they are waited for. */
async function* chunksOf(req: Request, idleMs: number): AsyncGenerator<Buffer> {
  const chunks = req.iterator({ destroyOnReturn: false });
  for (;;) {
    const { promise: idle, reject } = Promise.withResolvers<never>();
    const seconds = idleMs / 1000;
    const timer = setTimeout(
      () => reject(new ProblemError('request-timeout', `nothing was sent for ${seconds} s`)),
      idleMs,
    );
    try {
      const next = await Promise.race([chunks.next(), idle]);
      if (next.done) return;
      clearTimeout(timer);
      yield next.value;
    } finally {
      clearTimeout(timer);
    }
  }
}
