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
import { clientSignalOf } from '../http/client-signal.ts';
import type { Body } from '../http/held-body.ts';
import { principalOf } from '../http/principal.ts';
import { directivesOf } from '../wire/directives.ts';
import { ProblemError } from '../wire/problem.ts';
import { rateLimitHeaders } from '../wire/rate-limit.ts';
import { type Headers, jsonReply, problemReply, type Reply, send } from '../wire/reply.ts';
import { jobUrls, preferenceApplied } from '../wire/result.ts';
import { retryAfterS } from '../wire/retry-after.ts';
import { refuseWhatIsOneJobs } from './batch.ts';
import { reachMinSeq } from './min-seq.ts';
import { Pace } from './pace.ts';
import { predict } from './predict.ts';
import { type Forgettable, forgettable, sizedKeyFor } from './question.ts';
import { type Accepted, type Failed, type Result, settle } from './result.ts';

interface Part {
  readonly cutoff: string;
  readonly key: string;
  readonly result: Result;
}

export function crossValidateRoute(context: ApiContext): RequestHandler {
  const { models, config, log } = context;
  const { plan } = createCrossValidation(config.modelLimits);
  return async (req, res) => {
    const principal = principalOf(req);
    const model = models.get('forecast');
    if (!model) throw new Error('the built-in model forecast is not loaded');
    const directives = directivesOf(req.headers);
    refuseWhatIsOneJobs(directives, 'a cross-validation');
    if (directives.noStore)
      throw new ProblemError('malformed-request', 'a cross-validation stores its forecasts');
    await reachMinSeq(directives, context);
    const validation = plan((req.body as Body).takeJson());
    const { questions, cutoffs } = validation;
    const clientSignal = clientSignalOf(res, context.stopping);

    const pace = new Pace(Number.POSITIVE_INFINITY); // the plan has bounds of its own
    const predictOne = async (asked: Forgettable<PreparedInput>, at: number): Promise<Part> => {
      const { key, inputBytes } = sizedKeyFor(model, asked.get(), principal.tenant);
      const leave = pace.enter(inputBytes);
      const cutoff = cutoffs[at] as string;
      const deadline = pace.deadline();
      const question = {
        ...{ principal, model, key, directives, webhook: undefined, deadline, clientSignal },
        prepared: asked.get,
        submitted() {
          leave();
          asked.forget();
        },
      };
      const onUnexpected = (err: unknown) => log.error({ err, cutoff }, 'cutoff failed');
      const result = await settle(predict(question, context), onUnexpected);
      leave();
      pace.note(result, deadline);
      return { cutoff, key, result };
    };
    const parts: Promise<Part>[] = [];
    for (const question of questions) {
      await pace.turn();
      parts.push(predictOne(held(question), parts.length));
    }
    send(res, await replyOf(validation, await Promise.all(parts)));
  };
}

/** In a scope of its own, so that nothing else keeps the input. */
const held = (prepared: PreparedInput) => forgettable(() => prepared);

async function replyOf(validation: CrossValidation, parts: readonly Part[]): Promise<Reply> {
  const limits = rateLimitHeaders(parts.map(({ result }) => result.rate));
  const pending: Accepted[] = [];
  const payloads: Buffer[] = [];
  for (const { cutoff, result } of parts) {
    if (result.outcome === 'failed') return failedReply(cutoff, result, limits);
    if (result.outcome === 'accepted') pending.push(result);
    else payloads.push(result.payload);
  }
  const runs = parts.map(runOf);
  const asked = parts.flatMap(({ result }) => (result.outcome === 'hit' ? [] : [result]));
  const refused = asked.find(({ appliedWaitMs }) => appliedWaitMs === undefined);
  const headers = { ...preferenceApplied(refused ?? asked[0] ?? {}), ...limits };
  if (pending.length > 0) {
    const retryS = Math.max(...pending.map(({ leftMs }) => retryAfterS(leftMs)));
    const body = { status: 'running', total: parts.length, done: payloads.length, runs };
    const more = { ...headers, 'X-Cache': 'MISS', 'Retry-After': String(retryS) };
    return jsonReply(body, { status: 202, headers: more });
  }
  const cached = parts.every(({ result }) => result.outcome === 'hit');
  const answer = await validation.evaluate(payloads.map((bytes) => JSON.parse(bytes.toString())));
  return jsonReply(
    { cached, ...answer, runs },
    { headers: { ...headers, 'X-Cache': cached ? 'HIT' : 'MISS' } },
  );
}

function runOf({ cutoff, key, result }: Part) {
  const isPending = result.outcome === 'accepted';
  const run = { cutoff, cache_key: key, done: !isPending };
  return isPending ? { ...run, job_id: result.job, urls: jobUrls(result.job) } : run;
}

/** A problem of one cutoff is the problem of the whole: without that cutoff there is no answer. */
function failedReply(cutoff: string, { problem, headers }: Failed, limits: Headers): Reply {
  const detail = [`cutoff ${cutoff}`, problem.detail].filter(Boolean).join(': ');
  return problemReply({ ...problem, detail }, { ...headers, ...limits });
}
