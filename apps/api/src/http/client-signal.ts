import type { Response } from 'express';

/** Without a reason, `abort` creates an error with a stack for each request, which takes about 70 µs. */
const CLOSED = new Error('nobody waits for this request any more');

/**
 * Aborts when the client's connection closes, the answer is sent, or this process stops. It may be
 * asked for late: of a client that has left there is no further event, so the signal looks first.
 */
export function clientSignalOf(res: Response, stopping: AbortSignal): AbortSignal {
  if (stopping.aborted || res.closed || res.req.socket.destroyed) return AbortSignal.abort(CLOSED);
  const aborter = new AbortController();
  const end = () => aborter.abort(CLOSED);
  res.once('close', () => {
    stopping.removeEventListener('abort', end);
    end();
  });
  stopping.addEventListener('abort', end, { once: true });
  return aborter.signal;
}
