/** Reads a request's body as bytes, and as JSON. */
import express, { type RequestHandler } from 'express';
import { ProblemError } from '../wire/problem.ts';
import { jsonErrorOf } from './json-error.ts';

/** Leaves the body's bytes in `req.body`: the memo of seen bodies is keyed by their digest. */
export function rawBody(maxBytes: number): readonly RequestHandler[] {
  const read = express.raw({ type: () => true, limit: maxBytes });
  return [
    (req, _res, next) => {
      if (req.is('application/json')) return next();
      const given = req.get('content-type') ?? 'none';
      next(new ProblemError('unsupported-media-type', `the Content-Type is ${given}`));
    },
    (req, res, next) => {
      read(req, res, (error?: unknown) => next(error === undefined ? undefined : readError(error)));
    },
  ];
}

/** The JSON value of a UTF-8 text. Of duplicate members the last one counts, as in JSON.parse. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    const why = error instanceof SyntaxError ? jsonErrorOf(error) : 'it is not UTF-8';
    throw new ProblemError('malformed-json', why);
  }
}

/** Translates body-parser's errors into problems; see its README, "Errors". */
function readError(error: unknown): unknown {
  if (!(error instanceof Error) || !('status' in error)) return error;
  switch ('type' in error ? error.type : undefined) {
    case 'entity.too.large':
      return new ProblemError('body-too-large', limitOf(error));
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return new ProblemError('unsupported-media-type', error.message);
    default: // aborted, longer or shorter than announced, or not encoded as announced
      return error.status === 400 ? new ProblemError('malformed-request', error.message) : error;
  }
}

function limitOf(error: Error): string {
  return 'limit' in error ? `at most ${String(error.limit)} bytes are taken` : error.message;
}
