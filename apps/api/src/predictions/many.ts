/**
 * `POST /forecast/many` and its siblings: any number of questions to one model in one request. Each
 * gets the answer that it would get alone, as soon as it is there.
 *
 *  - at most MANY_WINDOW questions are in flight, and no further one is read meanwhile;
 *  - misses go to the lane `bulk`, and a full queue is waited for;
 *  - a bad question is a line with its problem;
 *  - when the client goes away, its jobs that have not begun are canceled.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { Principal } from '@deja/keys';
import type { Model } from '@deja/models';
import type { Problem } from '@deja/wire';
import type { Request, RequestHandler } from 'express';
import type { ApiContext } from '../context.ts';
import { type ByteBudget, type SharedBytes, takeForBody } from '../http/byte-budget.ts';
import { takesItsTime } from '../http/client-error.ts';
import { clientSignalOf } from '../http/client-signal.ts';
import { requestDeadline } from '../http/deadline.ts';
import { principalOf } from '../http/principal.ts';
import { SpooledResponse } from '../http/spooled-response.ts';
import { type Directives, directivesOf } from '../wire/directives.ts';
import { ProblemError, problemErrorOf, problemOf } from '../wire/problem.ts';
import { policiesOf } from '../wire/rate-limit.ts';
import { refuseWhatIsOneJobs } from './batch.ts';
import { manyAnswers } from './many-answers.ts';
import type { ManyQuestion } from './many-question.ts';
import { manyQuestions } from './many-questions.ts';
import { reachMinSeq } from './min-seq.ts';
import { predict } from './predict.ts';
import { forgettable, keyFor, rpmOf } from './question.ts';
import { type Accepted, type Result, settle } from './result.ts';

/** How long a question waits before it tries a full or unreachable queue again. */
const RETRY_MS = 250;
/** A queue that is out of reach for longer ends the request. */
const PATIENCE_MS = 30_000;
/** After this time other requests get a turn. */
const SLICE_MS = 10;

/** Some of what was asked before has to end first, or a while has to pass. */
const FULL = (['queue-full', 'quota-exceeded', 'rate-limited'] as const).map(
  (name) => problemOf(name).type,
);
const UNREACHABLE = [problemOf('queue-unavailable').type, problemOf('cache-untrusted').type];
/** Read by nobody where it is the client that has gone. */
const STOPPING = problemOf('queue-unavailable', 'this process stops: send the rest again');

/** @param shared All bodies that this process holds. */
export function manyRoute(
  modelOf: (req: Request) => Model,
  shared: SharedBytes,
  context: ApiContext,
): RequestHandler {
  const { config, log, stopping } = context;
  return async (req, res) => {
    const model = modelOf(req);
    const directives = directivesOf(req.headers);
    refuseWhatIsOneJobs(directives, 'a request with many questions');
    if (directives.waitMs !== undefined)
      throw new ProblemError('malformed-request', 'it waits for every answer: leave out Prefer');
    const principal = principalOf(req);
    const bodies = shared.of(principal.tenant);
    const questions = manyQuestions(req, model, { ...config, bodies });
    await reachMinSeq(directives, context);

    const perMinute = rpmOf(principal, config.tenantLimits);
    if (perMinute !== undefined) res.set('RateLimit-Policy', manyPolicies(perMinute));
    takesItsTime(req);
    const clientSignal = clientSignalOf(res, stopping);
    setMaxListeners(0, clientSignal); // each waiting question adds one
    await using output = new SpooledResponse(res);
    const answers = manyAnswers(req, res, output);
    const window = new Window(config.manyWindow, bodies);
    const request: ManyRequest = {
      ...{ principal, model, directives, clientSignal },
      problem: undefined,
    };
    const onUnexpected = (err: unknown) => log.error({ err, model: model.name }, 'question failed');
    const answer = async (question: ManyQuestion) => {
      const forget = () => {
        question.input = spent;
        window.letGo(question.bytes);
        question.bytes = 0;
      };
      const result = await settle(ask(question, forget, request, context), onUnexpected);
      forget();
      await answers.add(question, result).catch((err: unknown) => {
        request.problem ??= problemOf('internal');
        onUnexpected(err);
      });
      window.leave();
    };
    try {
      let sliceStart = performance.now();
      for await (const question of questions) {
        do {
          await window.room(question.bytes);
          if (clientSignal.aborted) request.problem ??= STOPPING;
        } while (!request.problem && !window.enter(question.bytes));
        if (request.problem) break;
        void answer(question);
        if (performance.now() - sliceStart < SLICE_MS) continue;
        await nextTurn();
        sliceStart = performance.now();
      }
    } catch (error) {
      if (!clientSignal.aborted) request.problem ??= endOf(error, onUnexpected);
    }
    await window.empty();
    await answers.end(request.problem);
    if (!req.complete) req.destroy();
  };
}

/** Its headers go out before the first question is read, so they tell no more. */
const manyPolicies = (perMinute: number): string =>
  policiesOf([
    { policy: 'stored', perMinute },
    { policy: 'computed', perMinute },
  ]);

const spent = (): never => {
  throw new Error('the input was let go');
};

interface ManyRequest {
  readonly principal: Principal;
  readonly model: Model;
  readonly directives: Directives;
  readonly clientSignal: AbortSignal;
  /** Why the request ends early. */
  problem: Problem | undefined;
}

/**
 * Asks one question until it has an answer or is refused.
 *
 * @param forget Called as soon as the input is on a run.
 */
async function ask(
  one: ManyQuestion,
  forget: () => void,
  request: ManyRequest,
  context: ApiContext,
): Promise<Result> {
  const { principal, model, directives, clientSignal } = request;
  // `one.input` goes with `forget`. A variable of this function would keep it until the answer.
  const asked = forgettable(() => model.prepare(one.input()));
  const key = keyFor(model, asked.get(), principal.tenant);
  const submitted = () => {
    asked.forget();
    forget();
  };
  const question = {
    ...{ principal, model, key, directives, clientSignal, submitted, prepared: asked.get },
    ...{ webhook: undefined, isBulk: true },
  };
  let reachedAt = performance.now();
  for (;;) {
    const result = await predict({ ...question, deadline: requestDeadline() }, context);
    if (result.outcome === 'accepted') return await unanswered(result, request, context);
    if (result.outcome !== 'failed' || clientSignal.aborted || request.problem) return result;
    const { type } = result.problem;
    if (UNREACHABLE.includes(type)) {
      if (performance.now() - reachedAt > PATIENCE_MS) request.problem = result.problem;
    } else {
      if (!FULL.includes(type)) return result;
      reachedAt = performance.now();
    }
    await delay(RETRY_MS, undefined, { signal: clientSignal }).catch(() => undefined);
  }
}

/** The job is recorded, but nobody waits for it any more, or Redis could not be asked for its end. */
async function unanswered(
  accepted: Accepted,
  request: ManyRequest,
  context: ApiContext,
): Promise<Result> {
  if (!request.clientSignal.aborted)
    return { outcome: 'failed', problem: problemOf('queue-unavailable', 'send it again') };
  request.problem ??= STOPPING;
  if (!context.stopping.aborted) await forgetJob(accepted.job, context);
  return accepted;
}

/** Nobody waits for the job any more. What has begun goes on, and its answer is stored. */
async function forgetJob(job: string, { jobs }: ApiContext): Promise<void> {
  const seen = await jobs.read(job).catch(() => undefined);
  if (seen?.outcome !== 'found' || seen.job.status !== 'queued') return;
  await jobs.cancel(job).catch(() => undefined); // it expires at its deadline
}

function endOf(error: unknown, onUnexpected: (error: unknown) => void): Problem {
  const known = problemErrorOf(error);
  if (!known) onUnexpected(error);
  return known?.problem ?? problemOf('internal');
}

/** Lets in a number of questions, whose inputs count among the bodies of this process until they are let go. */
class Window {
  readonly #size: number;
  readonly #bodies: ByteBudget;
  #inside = 0;
  #left = Promise.withResolvers<void>();

  constructor(size: number, bodies: ByteBudget) {
    this.#size = size;
    this.#bodies = bodies;
  }

  /** Resolves when a question of so many bytes may enter. Throws when other requests have all the room. */
  async room(bytes: number): Promise<void> {
    while (this.#inside >= this.#size || !this.#bodies.hasRoom(bytes)) {
      if (this.#inside === 0) takeForBody(this.#bodies, bytes); // throws
      await this.#left.promise;
    }
  }

  /** False: another request was faster. */
  enter(bytes: number): boolean {
    if (!this.#bodies.take(bytes)) return false;
    this.#inside += 1;
    return true;
  }

  letGo(bytes: number): void {
    this.#bodies.giveBack(bytes);
    this.#wake();
  }

  leave(): void {
    this.#inside -= 1;
    this.#wake();
  }

  async empty(): Promise<void> {
    while (this.#inside > 0) await this.#left.promise;
  }

  #wake(): void {
    this.#left.resolve();
    this.#left = Promise.withResolvers();
  }
}
