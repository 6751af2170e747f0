/** The figures of the queue, for operators: of all shards together. */
import { modelsScript, openRunsScript, queuesScript } from '../lua/figures.ts';
import { type Reply, repliesOf } from '../lua/reply.ts';
import { askAll, type QueueShards } from '../queue-redis.ts';
import { pendingRunOf } from './pending-run.ts';
import type { Lane, PendingRun } from './run.ts';

export interface QueueFigures {
  readonly lanes: readonly {
    readonly lane: Lane;
    readonly depth: number;
    /** How long the first waiting run has waited. Unit: ms. */
    readonly oldestMs: number;
  }[];
  readonly openRuns: number;
  /**
   * `run|<model>|<lane>|<le>` and `queue|<model>|<lane>|<le>`: counts by upper bound in ms; `…|sum`: ms.
   * `unsuccessful|<model>|<state>`: runs that ended in this state. `stalls|<model>`: runs that were
   * taken over from a worker that had fallen silent.
   */
  readonly times: ReadonlyMap<string, number>;
}

/** The current figures of one model. */
export interface ModelFigures {
  /** Runs that wait to begin. */
  readonly waiting: number;
  /** Active runs. */
  readonly computed: number;
  /** The usual time of its runs. Unit: ms. Undefined: none has ended yet. */
  readonly usualMs: number | undefined;
}

export interface OpenGroups {
  readonly groups: readonly {
    readonly model: string;
    readonly lane: Lane;
    /** Runs that wait to begin, and those of them that were tried before. */
    readonly waiting: number;
    readonly retrying: number;
    /** Active runs. */
    readonly computed: number;
  }[];
  /** The usual time of each model's runs. Unit: ms. */
  readonly usualMs: ReadonlyMap<string, number>;
}

export class Figures {
  readonly #queues: QueueShards;

  constructor(queues: QueueShards) {
    this.#queues = queues;
  }

  /** Depth and oldest wait by lane, and the times of runs by model. */
  async queues(): Promise<QueueFigures> {
    const replies = await askAll(this.#queues, (queue) => queue.ask(queuesScript));
    const lanes = new Map<Lane, QueueFigures['lanes'][number]>();
    for (const each of replies.flatMap((reply) => reply.replies('lanes'))) {
      const lane = each.text('lane') as Lane;
      const { depth, oldestMs } = lanes.get(lane) ?? { depth: 0, oldestMs: 0 };
      lanes.set(lane, {
        ...{ lane, depth: depth + each.number('depth') },
        oldestMs: Math.max(oldestMs, each.number('oldestMs')),
      });
    }
    const openRuns = replies.reduce((sum, reply) => sum + reply.number('openRuns'), 0);
    return { lanes: [...lanes.values()], openRuns, times: timesIn(replies) };
  }

  /** Open runs by model and lane; counted among up to 1000 of each shard. */
  async groups(): Promise<OpenGroups> {
    const replies = await askAll(this.#queues, (queue) => queue.ask(modelsScript));
    const usualMs = new Map<string, number>();
    for (const [field, ms] of timesIn(replies)) {
      const [kind, model = ''] = field.split('|');
      if (kind === 'usual') usualMs.set(model, ms);
    }
    const found = new Map<string, OpenGroups['groups'][number]>();
    for (const group of replies.flatMap((reply) => reply.replies('groups'))) {
      const [model, lane] = [group.text('model'), group.text('lane') as Lane];
      const name = `${model} ${lane}`;
      const before = found.get(name);
      const sum = (what: 'waiting' | 'computed' | 'retrying') =>
        (before?.[what] ?? 0) + group.number(what);
      found.set(name, {
        ...{ model, lane, waiting: sum('waiting') },
        ...{ computed: sum('computed'), retrying: sum('retrying') },
      });
    }
    return { groups: [...found.values()], usualMs };
  }

  /** Figures by model, for models that have been asked; counted among up to 1000 open runs. */
  async models(): Promise<ReadonlyMap<string, ModelFigures>> {
    const { groups, usualMs } = await this.groups();
    const figures = new Map<string, ModelFigures>(
      [...usualMs].map(([model, ms]) => [model, { waiting: 0, computed: 0, usualMs: ms }]),
    );
    for (const { model, waiting, computed } of groups) {
      const before = figures.get(model) ?? { waiting: 0, computed: 0, usualMs: undefined };
      const sums = { waiting: before.waiting + waiting, computed: before.computed + computed };
      figures.set(model, { ...sums, usualMs: before.usualMs });
    }
    return figures;
  }

  /** Open runs, up to 100 of each shard. */
  async openRuns(): Promise<PendingRun[]> {
    const found = await askAll(this.#queues, (queue) => queue.call(openRunsScript));
    return found.flatMap(repliesOf).map(pendingRunOf);
  }
}

/** The counts add up. Of the usual times of a model, the mean is as good as any. */
function timesIn(replies: readonly Reply[]): Map<string, number> {
  const times = new Map<string, number>();
  const shards = new Map<string, number>();
  for (const reply of replies)
    for (const [field, text] of Object.entries(reply.hash('times') ?? {})) {
      const isUsual = field.startsWith('usual|');
      const count = isUsual ? (shards.get(field) ?? 0) + 1 : 1;
      shards.set(field, count);
      const before = times.get(field) ?? 0;
      times.set(field, isUsual ? before + (Number(text) - before) / count : before + Number(text));
    }
  return times;
}
