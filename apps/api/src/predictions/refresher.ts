/**
 * Background refreshes: an answer that was served stale, or late in its life, is computed again in
 * the background. Over all replicas, JOIN makes a single run of them. In this process, a key is not
 * tried again for a few seconds, so that a popular stale answer does not cause a JOIN per request.
 */
import { type RunQueues, type RunStore, submitRefresh } from '@deja/jobs';
import type { Principal } from '@deja/keys';
import type { Model, PreparedInput } from '@deja/models';
import type { Logger } from '@deja/runtime';
import { LRUCache } from 'lru-cache';
import type { ApiConfig } from '../config.ts';
import { turnOf } from './question.ts';

export interface RefresherContext {
  readonly runs: Pick<RunStore, 'join' | 'newRunId'>;
  readonly queues: Pick<RunQueues, 'add'>;
  readonly config: Pick<ApiConfig, 'jobDeadlineMs'>;
  readonly log: Logger;
}

export interface Refresh {
  readonly model: Model;
  readonly key: string;
  readonly prepared: PreparedInput;
  /** The run sequence of the answer that is to be replaced. */
  readonly runSeq: number;
  /** For whom. */
  readonly principal: Pick<Principal, 'tenant' | 'weight'>;
}

const AGAIN_MS = 2000;

export class Refresher {
  readonly #context: RefresherContext;
  readonly #recent = new LRUCache<string, true>({ max: 10_000, ttl: AGAIN_MS });

  constructor(context: RefresherContext) {
    this.#context = context;
  }

  /** Whether to refresh this key now. False if this process tried it within the last seconds. */
  wants(key: string): boolean {
    return !this.#recent.has(key);
  }

  /** Starts a refresh and does not wait for it. Others report an unavailable queue. */
  start(refresh: Refresh): void {
    this.#recent.set(refresh.key, true);
    this.#submit(refresh).catch((err: unknown) => {
      this.#context.log.debug({ err, key: refresh.key }, 'background refresh');
    });
  }

  async #submit({ principal, model, key, prepared, runSeq: afterRunSeq }: Refresh): Promise<void> {
    const refresh = {
      ...{ key, model: model.name, version: model.version, engine: model.engine },
      tags: prepared.tags,
      deadlineMs: this.#context.config.jobDeadlineMs,
      ...turnOf(principal),
      afterRunSeq, // a computation that another replica started since is as new as this one would be
    };
    await submitRefresh(this.#context, refresh, JSON.stringify(prepared.input));
  }
}
