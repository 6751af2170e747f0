/** The figures of the queue, for operators. */
import { modelsScript, openRunsScript, queuesScript } from '../lua/figures.ts';
import { repliesOf } from '../lua/reply.ts';
import type { QueueRedis } from '../queue-redis.ts';
import { type PendingRun, pendingRunOf } from './run-store.ts';

export interface QueueFigures {
  readonly lanes: readonly {
    readonly lane: string;
    readonly depth: number;
    /** How long the first waiting run has waited. Unit: ms. */
    readonly oldestMs: number;
  }[];
  readonly openRuns: number;
  /**
   * `run|<model>|<le>` and `queue|<model>|<le>`: counts by upper bound in ms; `…|sum`: ms.
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
        lane: lane.text('lane'),
        depth: lane.number('depth'),
        oldestMs: lane.number('oldestMs'),
      })),
      openRuns: reply.number('openRuns'),
      times: timesOf(reply.hash('times')),
    };
  }

  /** Figures by model, for models that have been asked; counted among up to 1000 open runs. */
  async models(): Promise<ReadonlyMap<string, ModelFigures>> {
    const reply = await this.#queue.ask(modelsScript);
    const figures = new Map<string, ModelFigures>();
    for (const [field, usualMs] of timesOf(reply.hash('times'))) {
      const [kind, model = ''] = field.split('|');
      if (kind === 'usual') figures.set(model, { waiting: 0, computed: 0, usualMs });
    }
    for (const open of reply.replies('models')) {
      const model = open.text('model');
      const [waiting, computed] = [open.number('waiting'), open.number('computed')];
      figures.set(model, { waiting, computed, usualMs: figures.get(model)?.usualMs });
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
