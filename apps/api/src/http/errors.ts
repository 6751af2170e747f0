import type { Logger } from '@deja/runtime';
import type { ErrorRequestHandler } from 'express';
import { problemErrorOf, problemOf } from '../wire/problem.ts';
import { problemReply, send } from '../wire/reply.ts';

/** Turns whatever a route threw into a problem document. Unexpected errors are logged once. */
export function handleErrors(log: Logger): ErrorRequestHandler {
  return (error, req, res, next) => {
    if (res.headersSent) return next(error);
    const known = problemErrorOf(error) ?? clientErrorOf(error);
    if (known) {
      return send(res, problemReply(known.problem, known.headers));
    }
    const requestId = res.get('X-Request-Id');
    log.error({ err: error, requestId, method: req.method, path: req.path }, 'request failed');
    send(res, problemReply(problemOf('internal')));
  };
}

/** Express's own complaints about a request, e.g. a path with a broken percent escape. */
function clientErrorOf(error: unknown) {
  if (!(error instanceof Error) || !('status' in error)) return undefined;
  if (error.status !== 400) return undefined;
  return { headers: {}, problem: problemOf('malformed-request', error.message) };
}
