/** `POST /forecast`, `POST /predict` and `POST /models/{name}/run`: the same route for different models. */
import { createHash } from 'node:crypto';
import type { Model } from '@deja/models';
import type { Request, RequestHandler, Response } from 'express';
import { LRUCache } from 'lru-cache';
import type { ApiContext } from '../context.ts';
import { parseJson } from '../http/body.ts';
import { requestDeadline } from '../http/deadline.ts';
import { streamAnswer, streamJob } from '../jobs/event-stream.ts';
import { takeWebhook } from '../webhooks/subscription.ts';
import { type Directives, directivesOf } from '../wire/directives.ts';
import { ProblemError } from '../wire/problem.ts';
import { send } from '../wire/reply.ts';
import type { Asker } from './predict.ts';
import { keyFor } from './submit.ts';

/** Bodies seen before: digest of model and raw bytes → cache key. About 3 MB when full. */
const SEEN_MAX = 10_000;

export function askRoute(
  modelOf: (req: Request) => Model,
  asker: Asker,
  context: ApiContext,
): RequestHandler {
  const { config } = context;
  const seen = new LRUCache<string, string>({ max: SEEN_MAX });
  return async (req, res) => {
    const model = modelOf(req);
    const directives = directivesOf(req.headers);
    const bytes: Uint8Array = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
    await knownSeq(directives, context);

    const digest = createHash('sha256').update(`${model.name}\n`).update(bytes).digest('base64');
    const submission = once(() => takeWebhook(parseJson(bytes), config, directives.trace));
    const prepared = once(() => model.prepare(submission().input));
    const known = seen.get(digest);
    const key = known ?? keyFor(model, prepared());
    const webhook = known === undefined ? submission().webhook : undefined;
    // A known body is not parsed, so a body with a webhook must not be known.
    if (!webhook) seen.set(digest, key);
    const deadline = requestDeadline();
    const clientSignal = clientSignalOf(res, context.stopping);
    const reply = await asker.ask({
      model,
      key,
      directives,
      prepared,
      webhook,
      deadline,
      clientSignal,
    });
    if (!directives.wantsEvents || reply.status >= 300) return send(res, reply);
    const { 'Content-Type': _, ...headers } = reply.headers;
    res.set(headers);
    if (reply.status === 200) return streamAnswer(res, reply.body);
    const id = String(headers.Location).replace('/jobs/', '');
    const job = await context.jobs.read(id);
    if (job.outcome !== 'found') return send(res, reply);
    await streamJob(res, job.job, { after: undefined, clientSignal }, context);
  };
}

/** Without a reason, `abort` creates an error with a stack for each request, which takes about 70 µs. */
const GONE = new Error('nobody waits for this request any more');

/** Aborts when the client's connection closes, the answer is sent, or this process stops. */
export function clientSignalOf(res: Response, stopping: AbortSignal): AbortSignal {
  const aborter = new AbortController();
  const end = () => aborter.abort(GONE);
  res.once('close', () => {
    stopping.removeEventListener('abort', end);
    end();
  });
  stopping.addEventListener('abort', end, { once: true });
  if (stopping.aborted) end();
  return aborter.signal;
}

/** Throws `ProblemError` while this replica does not know the invalidation that the request names. */
export async function knownSeq({ minSeq }: Directives, { cache }: ApiContext): Promise<void> {
  if (minSeq === undefined || (await cache.reaches(minSeq))) return;
  const why = `this replica does not know of invalidation ${minSeq}`;
  throw new ProblemError('cache-untrusted', why, { headers: { 'Retry-After': '1' } });
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
