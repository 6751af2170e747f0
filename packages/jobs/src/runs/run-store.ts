/**
 * Runs in the queue Redis. Each method is one script and safe to repeat.
 *
 * Guarantees, each with a test of the same name:
 *
 *  - at most one run of a key can be joined;
 *  - a run ends once, and its jobs with it;
 *  - an attempt that was superseded publishes nothing;
 *  - a join after an invalidation never gets a result computed before it, or made of something that was.
 */
import { type EntryHeader, scopesOf } from '@deja/cache-core';
import type { ScriptArgument } from '@deja/cache-core/redis';
import { activeTraceparent, isTracing } from '@deja/runtime/tracing';
import { IdempotencyConflictError } from '../errors.ts';
import { newJobId, newRandomId, newRunId } from '../ids.ts';
import { finaliseScript } from '../lua/finalise.ts';
import { heartbeatScript } from '../lua/heartbeat.ts';
import { inheritScopesScript } from '../lua/inherit-scopes.ts';
import { joinScript } from '../lua/join.ts';
import { recheckScript } from '../lua/recheck.ts';
import { releaseScript } from '../lua/release.ts';
import { repliesOf } from '../lua/reply.ts';
import { startScript } from '../lua/start.ts';
import { askWhoAnswers, type QueueShards } from '../queue-redis.ts';
import { rateOf, throwRefusal } from '../refusal.ts';
import { tenantLimitsOfShard } from '../settings.ts';
import { hookOf } from '../webhook.ts';
import { attemptOf } from './attempt.ts';
import { withClaim } from './idempotency.ts';
import { missReasonOf, waitOf } from './job-record.ts';
import type { AttemptRecord } from './operator-runs.ts';
import { handOf, pendingRunOf } from './pending-run.ts';
import type {
  Attempt,
  JoinReply,
  JoinRequest,
  Lane,
  PendingRun,
  Progress,
  RunFailure,
} from './run.ts';

/** Inputs up to this size travel with the first JOIN; larger ones are sent only if a run is created. */
const INLINE_INPUT_CHARS = 16_384;
const ANY_AGE_MS = 1e15;
/** A run is linked to as many of the requests that led to it. */
const MOST_LINKS = 32;

export type StartReply =
  | { readonly outcome: 'go'; readonly attempt: Attempt }
  /** The run has ended, perhaps just now: there is nothing to do for it. */
  | { readonly outcome: 'closed'; readonly hand: readonly PendingRun[] }
  /** Another attempt is alive: there is nothing to do. */
  | { readonly outcome: 'busy' };

export type FinaliseReply =
  /** `evicted`: entries that made room for those that were stored. */
  | {
      readonly outcome: 'ok';
      readonly fenced: boolean;
      readonly evicted: number;
      readonly hand: readonly PendingRun[];
    }
  | { readonly outcome: 'already' | 'closed' | 'superseded' };

/** An attempt that its own worker saw fail, in a way that a retry may avoid. */
export interface FailedAttempt {
  readonly attemptId: string;
  readonly failure: RunFailure;
}

export interface ReleaseOptions {
  /** When the reconciler hands the run out again. Unit: ms. Default: 0. */
  readonly againInMs?: number;
  /** The failure that the caller saw, which counts as a try. Default: none. */
  readonly failure?: RunFailure;
  /** The lane to which the run moves, and in which it stays whoever joins. Default: unchanged. */
  readonly lane?: Lane;
}

export interface FinaliseOptions {
  /** How long the answer is fresh, if that is shorter than its model says. Unit: ms. */
  readonly freshMs?: number | undefined;
  /**
   * `storeArguments` of the run's entries, one after the other, if entries share this server: they are
   * stored in the same step, unless the run is fenced. Default: nothing is stored.
   */
  readonly entries?: readonly ScriptArgument[] | undefined;
  /** What operators see of the attempt. Default: nothing. */
  readonly record?: AttemptRecord | undefined;
  /** `traceparent` of the run, for the webhooks of its jobs. Default: none. */
  readonly trace?: string | undefined;
}

export class RunStore {
  readonly #queues: QueueShards;

  constructor(queues: QueueShards) {
    this.#queues = queues;
  }

  /** An id for a run of this key, and for a job: they tell its shard. */
  newRunId(key: string): string {
    return newRunId(this.#queues.ofKey(key).shard);
  }

  newJobId(key: string): string {
    return newJobId(this.#queues.ofKey(key).shard);
  }

  /**
   * Puts a job on the open run of its key, or opens one.
   *
   * @param request Its `run` and `job` are ids for its key.
   * @param input The normalised input as JSON; sent only when a run is opened.
   * @throws QueueFullError if one of the queue's bounds is reached, TenantLimitError if one of the tenant's is.
   * @throws IdempotencyConflictError if the request's key has another question's job.
   */
  async join(request: JoinRequest, input: string): Promise<JoinReply> {
    return await withClaim(
      this.#queues,
      request,
      (claimed) => this.#join({ ...request, claim: undefined, ...claimed }, input),
      ({ outcome }) => outcome !== 'done',
    );
  }

  async #join(request: JoinRequest, input: string): Promise<JoinReply> {
    const { tags, webhook, limits: ofTenant, ...rest } = request;
    const limits = ofTenant && tenantLimitsOfShard(ofTenant, this.#queues.all.length);
    const hook = webhook && hookOf(webhook);
    const inputBytes = Buffer.byteLength(input);
    const trace = activeTraceparent();
    const json = JSON.stringify({ maxAgeMs: ANY_AGE_MS, ...rest, limits, hook, inputBytes, trace });
    const tagsJson = JSON.stringify(tags);
    const inline = input.length <= INLINE_INPUT_CHARS ? input : '';
    const queue = this.#queues.ofKey(request.key);
    const ask = (sent: string) => queue.ask(joinScript, json, sent, tagsJson);
    let reply = await ask(inline);
    if (reply.text('outcome') === 'needInput') reply = await ask(input);
    throwRefusal(reply, ofTenant?.rpm);
    const outcome = reply.text('outcome') as JoinReply['outcome'] | 'conflict';
    if (outcome === 'conflict') throw new IdempotencyConflictError();
    const run = reply.text('run');
    if (outcome !== 'done') {
      const [job, lane] = [reply.text('job'), reply.text('lane') as Lane];
      const deadlineAt = reply.number('deadline');
      const missReason = missReasonOf(reply.optionalText('reason'));
      const wait = waitOf(reply);
      const rate = rateOf(reply, ofTenant?.rpm);
      return { outcome, job, run, lane, deadlineAt, wait, missReason, rate, hand: handOf(reply) };
    }
    return {
      ...{ outcome, run },
      finishedAt: reply.number('finishedAt'),
      body: reply.text('body'),
      freshMs: reply.optionalNumber('freshMs'),
    };
  }

  /**
   * Begins an attempt (a retry, if `failed` is given), or closes a run that has failed or silenced
   * its workers too often.
   *
   * @param attemptId Random, new for every attempt.
   * @param failed    The attempt whose place this one takes: it counts as a try. One that is taken
   *                  over from a silent worker does not.
   */
  async start(run: string, attemptId: string, failed?: FailedAttempt): Promise<StartReply> {
    const queue = this.#queues.ofRun(run);
    const silenced: RunFailure = {
      code: 'RUN_POISONED',
      message: `more than ${queue.limits.maxLost} workers fell silent in the middle of it`,
    };
    const failure = failed ? JSON.stringify(failed.failure) : '';
    const args = [attemptId, newRandomId(), failed?.attemptId ?? '', failure] as const;
    const more = [JSON.stringify(silenced), isTracing() ? MOST_LINKS : 0] as const;
    const reply = await queue.ask(startScript, run, ...args, ...more);
    const outcome = reply.text('outcome') as StartReply['outcome'];
    if (outcome === 'closed') return { outcome, hand: handOf(reply) };
    if (outcome === 'busy') return { outcome };
    return { outcome, attempt: { run, attemptId, ...attemptOf(reply) } };
  }

  /** The heartbeat of an attempt. Resolves to false if the attempt must stop because nobody wants it. */
  async heartbeat(run: string, attemptId: string, progress?: Progress): Promise<boolean> {
    const json = progress ? JSON.stringify(progress) : '';
    return (await this.#queues.ofRun(run).call(heartbeatScript, run, attemptId, json)) === 'go';
  }

  /**
   * Whether the attempt may use an entry that an earlier run kept (R28). If so, invalidating that
   * entry also invalidates this run and what it publishes.
   */
  async inheritScopes(
    run: string,
    attemptId: string,
    { key, tags, token, derivedFrom }: EntryHeader,
  ): Promise<boolean> {
    const scopes = JSON.stringify(scopesOf(key, tags, derivedFrom));
    const { epoch, seq, id } = token;
    const args = [run, attemptId, scopes, epoch, seq, id] as const;
    return (await this.#queues.ofRun(run).call(inheritScopesScript, ...args)) === 'ok';
  }

  /** Gives the run back. This counts as a try only if the attempt had failed. */
  async release(
    run: string,
    attemptId: string,
    { againInMs = 0, failure, lane }: ReleaseOptions = {},
  ): Promise<void> {
    const failed = failure ? JSON.stringify(failure) : '';
    const args = [run, attemptId, againInMs, failed, lane ?? ''] as const;
    await this.#queues.ofRun(run).call(releaseScript, ...args);
  }

  /**
   * Publishes the outcome: the payload of the answer, or a `RunFailure`, as JSON.
   */
  async finalise(
    run: string,
    attemptId: string,
    state: 'succeeded' | 'failed',
    body: string,
    { freshMs, record, trace = '', entries = [] }: FinaliseOptions = {},
  ): Promise<FinaliseReply> {
    const seen = record === undefined ? '' : JSON.stringify(record);
    const args = [run, attemptId, state, body, freshMs ?? '', seen, trace, ...entries] as const;
    const reply = await this.#queues.ofRun(run).ask(finaliseScript, ...args);
    const outcome = reply.text('outcome') as FinaliseReply['outcome'];
    if (outcome !== 'ok') return { outcome };
    const [fenced, evicted] = [reply.text('fenced') === '1', reply.number('evicted')];
    return { outcome, fenced, evicted, hand: handOf(reply) };
  }

  /**
   * Runs whose turn has come, and open runs without an active attempt, each at most once per recheck; of the
   * shards that answer.
   */
  async pending(): Promise<PendingRun[]> {
    const found = await askWhoAnswers(this.#queues, (queue) => queue.call(recheckScript));
    return found.flatMap(repliesOf).map(pendingRunOf);
  }
}
