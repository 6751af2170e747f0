/** `POST /batch`: many questions to one model. Each item gets the answer that it would get alone. */
import { InputError } from '@deja/models';
import type { RequestHandler } from 'express';
import type { z } from 'zod';
import type { ApiContext } from '../context.ts';
import { parseJson } from '../http/body.ts';
import { requestDeadline } from '../http/deadline.ts';
import { takeWebhook, webhookOf } from '../webhooks/subscription.ts';
import { type Directives, directivesOf } from '../wire/directives.ts';
import { ProblemError, problemErrorOf, problemOf } from '../wire/problem.ts';
import { problemReply, type Reply, send } from '../wire/reply.ts';
import { schemas } from '../wire/schemas.ts';
import type { Asker } from './predict.ts';
import { clientSignalOf } from './route.ts';
import { keyFor } from './submit.ts';

/** Time that the queue Redis may take for each item, on top of the deadline of a single request. */
export const ITEM_BUDGET_MS = 5;

export function batchRoute(
  asker: Asker,
  { models, config, log, stopping }: ApiContext,
): RequestHandler {
  return async (req, res) => {
    const directives = directivesOf(req.headers);
    refuseWhatIsOneJobs(directives, 'a batch');
    const parsed = schemas.batch.safeParse(parseJson(req.body));
    if (!parsed.success) throw new InputError(issuesOf(parsed.error));
    const { inputs } = parsed.data;
    const { trace } = directives;
    const forAll =
      parsed.data.webhook === undefined ? undefined : webhookOf(parsed.data.webhook, config, trace);
    const model = models.get(parsed.data.model);
    if (!model) throw new InputError([{ path: '/model', message: 'there is no such model' }]);
    const deadline = requestDeadline(ITEM_BUDGET_MS * inputs.length);
    const clientSignal = clientSignalOf(res, stopping);

    const items = await Promise.all(
      inputs.map(async (item): Promise<Reply> => {
        try {
          const { input, webhook = forAll } = takeWebhook(item, config, trace);
          const ready = model.prepare(input);
          const key = keyFor(model, ready);
          const asked = { model, key, directives, webhook, deadline, clientSignal };
          return await asker.ask({ ...asked, prepared: () => ready });
        } catch (error) {
          const known = problemErrorOf(error);
          if (!known) log.error({ err: error, model: model.name }, 'batch item failed');
          return problemReply(known?.problem ?? problemOf('internal'));
        }
      }),
    );
    send(res, batchReply(items));
  };
}

/** An Idempotency-Key and an event stream each belong to a single job. */
export function refuseWhatIsOneJobs(directives: Directives, what: string): void {
  if (directives.idempotencyKey !== undefined)
    throw new ProblemError('malformed-request', `${what} takes no Idempotency-Key`);
  if (directives.wantsEvents)
    throw new ProblemError('malformed-request', `${what} has no event stream`);
}

/** The bodies are JSON already, so they are concatenated and not parsed. */
function batchReply(items: readonly Reply[]): Reply {
  const parts: Buffer[] = [Buffer.from('{"items":[')];
  for (const [at, { status, body }] of items.entries()) {
    const comma = at === 0 ? '' : ',';
    parts.push(Buffer.from(`${comma}{"status":${status},"body":`), body, Buffer.from('}'));
  }
  parts.push(Buffer.from(']}'));
  const headers = { 'Content-Type': 'application/json; charset=utf-8' };
  return { status: 200, headers, body: Buffer.concat(parts) };
}

function issuesOf(error: z.ZodError) {
  return error.issues.slice(0, 20).map(({ path, message }) => ({
    path: path.map((step) => `/${String(step)}`).join(''),
    message,
  }));
}
