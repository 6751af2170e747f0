/** The figures of the queue, for operators. */
import { modelsScript, openRunsScript, queuesScript } from '../lua/figures.ts';
import { repliesOf } from '../lua/reply.ts';
import type { QueueRedis } from '../queue-redis.ts';
import type { Lane, PendingRun } from './run.ts';
import { pendingRunOf } from './run-store.ts';

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
  readonly #queue: QueueRedis;

  constructor(queue: QueueRedis) {
    this.#queue = queue;
  }

  /** Depth and oldest wait by lane, and the times of runs by model. */
  async queues(): Promise<QueueFigures> {
    const reply = await this.#queue.ask(queuesScript);
    return {
      lanes: reply.replies('lanes').map((lane) => ({
        lane: lane.text('lane') as Lane,
        depth: lane.number('depth'),
        oldestMs: lane.number('oldestMs'),
      })),
      openRuns: reply.number('openRuns'),
      times: timesOf(reply.hash('times')),
    };
  }

  /** Open runs by model and lane; counted among up to 1000. */
  async groups(): Promise<OpenGroups> {
    const reply = await this.#queue.ask(modelsScript);
    const usualMs = new Map<string, number>();
    for (const [field, ms] of timesOf(reply.hash('times'))) {
      const [kind, model = ''] = field.split('|');
      if (kind === 'usual') usualMs.set(model, ms);
    }
    const groups = reply.replies('groups').map((group) => ({
      ...{ model: group.text('model'), lane: group.text('lane') as Lane },
      ...{ waiting: group.number('waiting'), computed: group.number('computed') },
      retrying: group.number('retrying'),
    }));
    return { groups, usualMs };
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

  /** Open runs, up to 100. */
  async openRuns(): Promise<PendingRun[]> {
    return repliesOf(await this.#queue.call(openRunsScript)).map(pendingRunOf);
  }
}

function timesOf(hash: Readonly<Record<string, string>> = {}): Map<string, number> {
  return new Map(Object.entries(hash).map(([field, value]) => [field, Number(value)]));
}
