/**
 * `POST /forecast/cross-validate`: asks the model `forecast` one question for each cutoff, as a batch
 * does, and combines the answers.
 *
 * It keeps nothing but the forecasts themselves. A client that repeats the same body before all are
 * there joins the open runs, and finds the finished forecasts in the cache.
 */
import { type CrossValidation, createCrossValidation, type PreparedInput } from '@deja/models';
import type { RequestHandler } from 'express';
import type { ApiContext } from '../context.ts';
import { parseJson } from '../http/body.ts';
import { requestDeadline } from '../http/deadline.ts';
import { directivesOf } from '../wire/directives.ts';
import { ProblemError, problemErrorOf, problemOf } from '../wire/problem.ts';
import { jsonReply, problemReply, type Reply, send } from '../wire/reply.ts';
import { ITEM_BUDGET_MS, refuseWhatIsOneJobs } from './batch.ts';
import type { Asker } from './predict.ts';
import { clientSignalOf, knownSeq } from './route.ts';
import { keyFor } from './submit.ts';

interface Part {
  readonly cutoff: string;
  readonly key: string;
  readonly reply: Reply;
}

export function crossValidateRoute(asker: Asker, context: ApiContext): RequestHandler {
  const { models, config, log } = context;
  const { plan } = createCrossValidation(config.modelLimits);
  return async (req, res) => {
    const model = models.get('forecast');
    if (!model) throw new Error('the built-in model forecast is not loaded');
    const directives = directivesOf(req.headers);
    refuseWhatIsOneJobs(directives, 'a cross-validation');
    if (directives.noStore)
      throw new ProblemError('malformed-request', 'a cross-validation stores its forecasts');
    await knownSeq(directives, context);
    const validation = plan(parseJson(req.body));
    const { questions, cutoffs } = validation;
    const deadline = requestDeadline(ITEM_BUDGET_MS * questions.length);
    const clientSignal = clientSignalOf(res, context.stopping);

    const askOne = async (prepared: PreparedInput, at: number): Promise<Part> => {
      const key = keyFor(model, prepared);
      const part = { cutoff: cutoffs[at] as string, key };
      const asked = { model, key, directives, webhook: undefined, deadline, clientSignal };
      try {
        return { ...part, reply: await asker.ask({ ...asked, prepared: () => prepared }) };
      } catch (error) {
        const known = problemErrorOf(error);
        if (!known) log.error({ err: error, cutoff: part.cutoff }, 'cutoff failed');
        return {
          ...part,
          reply: problemReply(known?.problem ?? problemOf('internal'), known?.headers),
        };
      }
    };
    const parts = await Promise.all(questions.map(askOne));
    send(res, await replyOf(validation, parts));
  };
}

async function replyOf(validation: CrossValidation, parts: readonly Part[]): Promise<Reply> {
  const failed = parts.find(({ reply }) => reply.status >= 400);
  if (failed) return failureReply(failed);
  const headers = appliedOf(parts);
  const pending = parts.filter(({ reply }) => reply.status === 202);
  if (pending.length > 0) {
    const waits = pending.map(({ reply }) => Number(reply.headers['Retry-After'] ?? 1));
    const body = {
      status: 'running',
      total: parts.length,
      done: parts.length - pending.length,
      runs: parts.map(runOf),
    };
    const more = { ...headers, 'X-Cache': 'MISS', 'Retry-After': String(Math.max(...waits)) };
    return jsonReply(body, { status: 202, headers: more });
  }
  const bodies = parts.map(({ reply }) => JSON.parse(reply.body.toString()));
  const cached = bodies.every((body) => body.cached);
  const answer = await validation.evaluate(bodies);
  return jsonReply(
    { cached, ...answer, runs: parts.map(runOf) },
    { headers: { ...headers, 'X-Cache': cached ? 'HIT' : 'MISS' } },
  );
}

function runOf({ cutoff, key, reply }: Part) {
  const run = { cutoff, cache_key: key, done: reply.status === 200 };
  if (run.done) return run;
  const { job_id, urls } = JSON.parse(reply.body.toString());
  return { ...run, job_id, urls };
}

/** A problem of one cutoff is the problem of the whole: without that cutoff there is no answer. */
function failureReply({ cutoff, reply }: Part): Reply {
  const problem = JSON.parse(reply.body.toString());
  const detail = [`cutoff ${cutoff}`, problem.detail].filter(Boolean).join(': ');
  const retry = reply.headers['Retry-After'];
  return problemReply({ ...problem, detail }, retry === undefined ? {} : { 'Retry-After': retry });
}

function appliedOf([first]: readonly Part[]): Record<string, string> {
  const applied = first?.reply.headers['Preference-Applied'];
  return applied === undefined ? {} : { 'Preference-Applied': applied };
}
