/** What is open, what waits for whom, and how long it will take: read from Redis at most once a second. */
import { type Figures, LANES, type Lane, type LiveWorker, type WorkerRegistry } from '@deja/jobs';

export interface LaneWork {
  readonly lane: Lane;
  readonly queued: number;
  /** Of the queued, those that were tried before. */
  readonly retrying: number;
  readonly running: number;
  /** How long the first in line has waited. Unit: ms. */
  readonly oldestMs: number;
  /** About how long one of the queued takes. Unit: ms. Undefined: nobody can say. */
  readonly averageMs: number | undefined;
}

interface ModelWork {
  readonly queued: number;
  readonly running: number;
}

export interface Work {
  /** On `performance.now`. Unit: ms. */
  readonly readAt: number;
  readonly lanes: readonly LaneWork[];
  readonly models: ReadonlyMap<string, ModelWork>;
  /** Of each model's runs. Unit: ms. */
  readonly usualMs: ReadonlyMap<string, number>;
  readonly openRuns: number;
  readonly workers: readonly LiveWorker[];
  /** For long work. */
  readonly slots: number;
  /** What is left of the runs that are computed, if they take as long as usual. Unit: ms. */
  readonly leftMs: readonly number[];
}

const EVERY_MS = 1000;

export class WorkReader {
  readonly #figures: Pick<Figures, 'groups' | 'queues'>;
  readonly #workers: Pick<WorkerRegistry, 'list'>;
  #last: Work | undefined;
  #reading: Promise<Work> | undefined;

  constructor(figures: Pick<Figures, 'groups' | 'queues'>, workers: Pick<WorkerRegistry, 'list'>) {
    this.#figures = figures;
    this.#workers = workers;
  }

  /** At most a second old. */
  async read(): Promise<Work> {
    const last = this.#last;
    if (last && performance.now() - last.readAt < EVERY_MS) return last;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return await this.#reading;
  }

  /** What was read last; it is read again in the background, so nobody waits for it. */
  peek(): Work | undefined {
    this.read().catch(() => undefined);
    return this.#last;
  }

  async #read(): Promise<Work> {
    const readAt = performance.now();
    const [{ groups, usualMs }, { lanes, openRuns }, workers] = await Promise.all([
      this.#figures.groups(),
      this.#figures.queues(),
      this.#workers.list(),
    ]);
    const running = workers.flatMap(({ about }) => about?.running ?? []);
    const models = new Map<string, ModelWork>();
    for (const { model, waiting, computed } of groups) {
      const { queued, running } = models.get(model) ?? { queued: 0, running: 0 };
      models.set(model, { queued: queued + waiting, running: running + computed });
    }
    const work: Work = {
      ...{ readAt, models, usualMs, openRuns, workers },
      lanes: LANES.map((lane) => {
        const { depth = 0, oldestMs = 0 } = lanes.find((other) => other.lane === lane) ?? {};
        const own = groups.filter((group) => group.lane === lane);
        const sum = (what: 'computed' | 'retrying') =>
          own.reduce((total, group) => total + group[what], 0);
        const averageMs = averageOf(own, usualMs);
        return {
          lane,
          queued: depth,
          retrying: sum('retrying'),
          running: sum('computed'),
          oldestMs,
          averageMs,
        };
      }),
      slots: workers.reduce((sum, { slots }) => sum + slots, 0),
      leftMs: running.map(({ model, forMs }) => Math.max(0, (usualMs.get(model) ?? 0) - forMs)),
    };
    this.#last = work;
    return work;
  }
}

/** Over the models of what waits, as far as their usual time is known. */
function averageOf(
  groups: readonly { readonly model: string; readonly waiting: number }[],
  usualMs: ReadonlyMap<string, number>,
): number | undefined {
  let [runs, ms] = [0, 0];
  for (const { model, waiting } of groups) {
    const usual = usualMs.get(model);
    if (usual === undefined) continue;
    runs += waiting;
    ms += waiting * usual;
  }
  return runs === 0 ? undefined : ms / runs;
}
