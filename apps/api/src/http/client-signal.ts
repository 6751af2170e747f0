import type { Response } from 'express';

/** Without a reason, `abort` creates an error with a stack for each request, which takes about 70 µs. */
const CLOSED = new Error('nobody waits for this request any more');

/** Aborts when the client's connection closes, the answer is sent, or this process stops. */
export function clientSignalOf(res: Response, stopping: AbortSignal): AbortSignal {
  const aborter = new AbortController();
  const end = () => aborter.abort(CLOSED);
  res.once('close', () => {
    stopping.removeEventListener('abort', end);
    end();
  });
  stopping.addEventListener('abort', end, { once: true });
  if (stopping.aborted) end();
  return aborter.signal;
}
