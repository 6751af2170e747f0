/** `POST /batch`: many questions to one model. Each item gets the answer that it would get alone. */
import { InputError, issuesOf } from '@deja/models';
import type { RequestHandler } from 'express';
import type { ApiContext } from '../context.ts';
import { parseJson } from '../http/body.ts';
import { clientSignalOf } from '../http/client-signal.ts';
import { requestDeadline } from '../http/deadline.ts';
import { takeWebhook, webhookOf } from '../webhooks/subscription.ts';
import { type Directives, directivesOf } from '../wire/directives.ts';
import { ProblemError } from '../wire/problem.ts';
import { itemsReply, send } from '../wire/reply.ts';
import { resultReply } from '../wire/result.ts';
import { predict } from './predict.ts';
import { keyFor } from './question.ts';
import { settle } from './result.ts';
import { batch } from './schema.ts';

/** Time that the queue Redis may take for each item, on top of the deadline of a single request. */
export const ITEM_BUDGET_MS = 5;

export function batchRoute(context: ApiContext): RequestHandler {
  const { models, config, log } = context;
  return async (req, res) => {
    const directives = directivesOf(req.headers);
    refuseWhatIsOneJobs(directives, 'a batch');
    const parsed = batch.safeParse(parseJson(req.body));
    if (!parsed.success) throw new InputError(issuesOf(parsed.error));
    const { inputs } = parsed.data;
    const { trace } = directives;
    const forAll =
      parsed.data.webhook === undefined ? undefined : webhookOf(parsed.data.webhook, config, trace);
    const model = models.get(parsed.data.model);
    if (!model) throw new InputError([{ path: '/model', message: 'there is no such model' }]);
    const deadline = requestDeadline(ITEM_BUDGET_MS * inputs.length);
    const clientSignal = clientSignalOf(res, context.stopping);

    const predictOne = async (item: unknown) => {
      const { input, webhook = forAll } = takeWebhook(item, config, trace);
      const ready = model.prepare(input);
      const key = keyFor(model, ready);
      const question = { model, key, directives, webhook, deadline, clientSignal };
      return await predict({ ...question, prepared: () => ready }, context);
    };
    const onUnexpected = (err: unknown) =>
      log.error({ err, model: model.name }, 'batch item failed');
    const results = await Promise.all(inputs.map((item) => settle(predictOne(item), onUnexpected)));
    send(res, itemsReply(results.map(resultReply)));
  };
}

/** An Idempotency-Key and an event stream each belong to a single job. */
export function refuseWhatIsOneJobs(directives: Directives, what: string): void {
  if (directives.idempotencyKey !== undefined)
    throw new ProblemError('malformed-request', `${what} takes no Idempotency-Key`);
  if (directives.wantsEvents)
    throw new ProblemError('malformed-request', `${what} has no event stream`);
}
