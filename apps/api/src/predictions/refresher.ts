/**
 * Background refreshes: an answer that is served stale, or late in its life, is computed anew behind
 * the scenes. Over all replicas the join makes one run of them; here, a key is not tried again for a
 * few seconds, so that a popular stale answer does not become a join per request.
 */
import { newRunId, type RunQueues, type RunStore, refreshJobId } from '@deja/jobs';
import type { Model, PreparedInput } from '@deja/models';
import type { Logger } from '@deja/runtime';
import { LRUCache } from 'lru-cache';
import type { ApiConfig } from '../config.ts';

export interface RefresherContext {
  readonly runs: Pick<RunStore, 'join'>;
  readonly queues: Pick<RunQueues, 'add'>;
  readonly config: Pick<ApiConfig, 'jobDeadlineMs'>;
  readonly log: Logger;
}

export interface Refresh {
  readonly model: Model;
  readonly key: string;
  readonly prepared: PreparedInput;
  /** The computation of the answer that is to be replaced. */
  readonly runSeq: number;
}

const AGAIN_MS = 2000;

export class Refresher {
  readonly #context: RefresherContext;
  readonly #recent = new LRUCache<string, true>({ max: 10_000, ttl: AGAIN_MS });

  constructor(context: RefresherContext) {
    this.#context = context;
  }

  /** Whether the key has not just been tried. The caller then has its input ready, or prepares it. */
  wants(key: string): boolean {
    return !this.#recent.has(key);
  }

  /** Starts a refresh and does not wait for it; a queue that is away is somebody else's to report. */
  start(refresh: Refresh): void {
    this.#recent.set(refresh.key, true);
    this.#submit(refresh).catch((err: unknown) => {
      this.#context.log.debug({ err, key: refresh.key }, 'background refresh');
    });
  }

  async #submit({ model, key, prepared, runSeq }: Refresh): Promise<void> {
    const { runs, queues, config } = this.#context;
    const run = newRunId();
    const request = {
      ...{ run, key, job: refreshJobId(run), model: model.name, version: model.version },
      engine: model.engine,
      ...({ tags: prepared.tags, lane: 'refresh', refresh: true } as const),
      deadlineMs: config.jobDeadlineMs,
      afterRunSeq: runSeq, // what another replica has had computed since is as new as this would be
    };
    const reply = await runs.join(request, JSON.stringify(prepared.input));
    if (reply.outcome !== 'done') await queues.add({ run: reply.run, key, lane: reply.lane });
  }
}
