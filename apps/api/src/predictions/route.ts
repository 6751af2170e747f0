/** `POST /forecast`, `POST /predict` and `POST /models/{name}/run`: the same route for different models. */
import type { Model } from '@deja/models';
import { activeSpan } from '@deja/runtime/tracing';
import type { Request, RequestHandler, Response } from 'express';
import type { ApiContext } from '../context.ts';
import { clientSignalOf } from '../http/client-signal.ts';
import { requestDeadline } from '../http/deadline.ts';
import type { Body } from '../http/held-body.ts';
import { principalOf } from '../http/principal.ts';
import { streamAnswer, streamJob } from '../jobs/event-stream.ts';
import { takeWebhook } from '../webhooks/subscription.ts';
import { directivesOf } from '../wire/directives.ts';
import { send } from '../wire/reply.ts';
import { resultReply } from '../wire/result.ts';
import { digestOf, type KnownBodies } from './known-bodies.ts';
import { reachMinSeq } from './min-seq.ts';
import { yieldAfter } from './pace.ts';
import { predict } from './predict.ts';
import { forgettable, keyFor, type Question } from './question.ts';
import type { Result } from './result.ts';

export function predictRoute(
  modelOf: (req: Request) => Model,
  bodies: KnownBodies,
  context: ApiContext,
): RequestHandler {
  const { config } = context;
  return async (req, res) => {
    const principal = principalOf(req);
    const model = modelOf(req);
    const directives = directivesOf(req.headers);
    const body: Body = req.body;
    await reachMinSeq(directives, context);

    const digest = body.digest ?? digestOf(model, [body.bytes], principal.tenant);
    const asked = forgettable(() => {
      const { input, webhook } = takeWebhook(body.takeJson(), config, directives.trace);
      return { prepared: model.prepare(input), webhook };
    });
    const known = bodies.key(digest);
    if (known === undefined) {
      const startedAt = performance.now();
      asked.get();
      await yieldAfter(startedAt);
    }
    const keyedAt = performance.now();
    const key = known ?? keyFor(model, asked.get().prepared, principal.tenant);
    await yieldAfter(keyedAt); // what JOIN keeps of the question takes its time, too
    const webhook = known === undefined ? asked.get().webhook : undefined;
    // A known body is not parsed, so a body with a webhook must not be known.
    if (!webhook) bodies.remember(digest, key);
    const deadline = requestDeadline();
    const clientSignal = clientSignalOf(res, context.stopping);
    const question = {
      ...{ principal, model, key, directives, webhook, deadline, clientSignal },
      prepared: () => asked.get().prepared,
      submitted: () => asked.forget(),
      span: activeSpan(),
    };
    const result = await predict(question, context);
    if (directives.wantsEvents) await streamResult(res, result, question, context);
    else send(res, resultReply(result));
  };
}

/** The result as events: those of the job, or one `done`; a failure stays a problem document. */
async function streamResult(
  res: Response,
  result: Result,
  { clientSignal, principal: { tenant } }: Pick<Question, 'clientSignal' | 'principal'>,
  context: ApiContext,
): Promise<void> {
  const reply = resultReply(result);
  if (result.outcome === 'failed') return send(res, reply);
  const { 'Content-Type': _, ...headers } = reply.headers;
  res.set(headers);
  if (result.outcome !== 'accepted') return streamAnswer(res, reply.body);
  const seen = await context.jobs.read(result.job);
  if (seen.outcome !== 'found' || context.streams.fullFor(tenant)) return send(res, reply);
  await streamJob(res, seen.job, { after: undefined, clientSignal, tenant }, context);
}
