/** `POST /batch`: many questions to one model. Each item gets the answer that it would get alone. */
import { InputError, issuesOf } from '@deja/models';
import type { RequestHandler } from 'express';
import type { ApiContext } from '../context.ts';
import { clientSignalOf } from '../http/client-signal.ts';
import type { Body } from '../http/held-body.ts';
import { principalOf, refuseOtherModels } from '../http/principal.ts';
import { repliesOf } from '../http/replies-in-flight.ts';
import { takeWebhook, webhookOf } from '../webhooks/subscription.ts';
import { type Directives, directivesOf } from '../wire/directives.ts';
import { ProblemError } from '../wire/problem.ts';
import { rateLimitHeaders } from '../wire/rate-limit.ts';
import { itemsReply, send } from '../wire/reply.ts';
import { resultReply } from '../wire/result.ts';
import { reachMinSeq } from './min-seq.ts';
import { maxPreparedBytes, Pace } from './pace.ts';
import { predict } from './predict.ts';
import { forgettable, sizedKeyFor } from './question.ts';
import { type Result, settle } from './result.ts';
import { batch } from './schema.ts';

export function batchRoute(context: ApiContext): RequestHandler {
  const { models, config, log } = context;
  return async (req, res) => {
    const principal = principalOf(req);
    const directives = directivesOf(req.headers);
    refuseWhatIsOneJobs(directives, 'a batch');
    await reachMinSeq(directives, context);
    const body: Body = req.body;
    const bodyBytes = body.bytes.length;
    const parsed = batch.safeParse(body.takeJson());
    if (!parsed.success) throw new InputError(issuesOf(parsed.error));
    const { inputs } = parsed.data;
    const { trace } = directives;
    const forAll =
      parsed.data.webhook === undefined ? undefined : webhookOf(parsed.data.webhook, config, trace);
    const model = models.get(parsed.data.model);
    if (!model) throw new InputError([{ path: '/model', message: 'there is no such model' }]);
    refuseOtherModels(req, model.name);
    const clientSignal = clientSignalOf(res, context.stopping);

    const pace = new Pace(maxPreparedBytes(bodyBytes));
    const predictOne = async (at: number) => {
      pace.admit();
      const asked = forgettable(() => {
        const { input, webhook = forAll } = takeWebhook(inputs[at], config, trace);
        return { prepared: model.prepare(input), webhook };
      });
      const { key, inputBytes } = sizedKeyFor(model, asked.get().prepared, principal.tenant);
      const leave = pace.enter(inputBytes);
      const deadline = pace.deadline();
      const question = {
        ...{ principal, model, key, directives, deadline, clientSignal },
        webhook: asked.get().webhook,
        prepared: () => asked.get().prepared,
        submitted() {
          leave();
          asked.forget();
          inputs[at] = undefined;
        },
      };
      const result = await predict(question, context).finally(leave);
      pace.note(result, deadline);
      if ('payload' in result) repliesOf(res).hold(res, [result.payload]);
      return result;
    };
    const onUnexpected = (err: unknown) =>
      log.error({ err, model: model.name }, 'batch item failed');
    const results: Promise<Result>[] = [];
    for (const at of inputs.keys()) {
      await pace.turn();
      results.push(settle(predictOne(at), onUnexpected));
    }
    const all = await Promise.all(results);
    const limits = rateLimitHeaders(all.map(({ rate }) => rate));
    send(res, itemsReply(all.map(resultReply), limits));
  };
}

/** An Idempotency-Key and an event stream each belong to a single job. */
export function refuseWhatIsOneJobs(directives: Directives, what: string): void {
  if (directives.idempotencyKey !== undefined)
    throw new ProblemError('malformed-request', `${what} takes no Idempotency-Key`);
  if (directives.wantsEvents)
    throw new ProblemError('malformed-request', `${what} has no event stream`);
}
