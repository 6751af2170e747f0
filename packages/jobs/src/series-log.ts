/**
 * The log of series, for people: of each the last 100 decisions which model answered, and what was
 * forecast for the last points before they came.
 *
 * Bounds, each with a test of the same name:
 *
 *  - a series has the last 100 decisions and 60 points;
 *  - the last 2,048 series of a model are kept, for 90 days: 60 MB if all are full.
 */
import {
  lastDecisionsScript,
  listSeriesScript,
  noteDecisionScript,
  showSeriesScript,
} from './lua/series.ts';
import type { QueueRedis } from './queue-redis.ts';

/** A point that came: when, in the series' own seconds, and what is kept of it. */
export interface PointThatCame {
  readonly at: number;
  readonly row: unknown;
}

export interface SeriesDecision {
  /** Epoch ms. */
  readonly at: number;
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface SeriesLogLimits {
  readonly maxSeries: number;
  readonly maxDecisions: number;
  readonly maxPoints: number;
  readonly keepMs: number;
}

const LIMITS: SeriesLogLimits = {
  ...{ maxSeries: 2048, maxDecisions: 100, maxPoints: 60, keepMs: 90 * 86_400_000 },
};

export class SeriesLog {
  readonly #queue: QueueRedis;
  readonly #model: string;
  readonly #limits: SeriesLogLimits;

  /** @param model The name of the model whose series they are. */
  constructor(queue: QueueRedis, model: string, limits: Partial<SeriesLogLimits> = {}) {
    this.#queue = queue;
    this.#model = model;
    this.#limits = { ...LIMITS, ...limits };
  }

  /** @param missed How far the last forecast missed. Undefined: nothing came since. */
  async note(
    id: string,
    facts: Readonly<Record<string, unknown>>,
    { missed, came }: { missed: number | undefined; came: readonly PointThatCame[] },
  ): Promise<void> {
    const { maxSeries, maxDecisions, maxPoints, keepMs } = this.#limits;
    const rows = came.map(({ at, row }) => ({ at, row: JSON.stringify(row) }));
    const args = [JSON.stringify(facts), missed ?? -1, JSON.stringify(rows)] as const;
    const bounds = [maxSeries, maxDecisions, maxPoints, keepMs] as const;
    await this.#queue.call(noteDecisionScript, this.#model, id, ...args, ...bounds);
  }

  /** Ids of all series with their scores: when each answered last (epoch ms), or how far it missed (-1: unknown). */
  async ids(order: 'recent' | 'worst'): Promise<(readonly [id: string, score: number])[]> {
    const flat = (await this.#queue.call(listSeriesScript, this.#model, order)) as string[];
    return flat.flatMap((id, at) => (at % 2 === 0 ? [[id, Number(flat[at + 1])] as const] : []));
  }

  /** Undefined for a series that is not in the log. */
  async last(ids: readonly string[]): Promise<(SeriesDecision | undefined)[]> {
    if (ids.length === 0) return [];
    const lines = (await this.#queue.call(lastDecisionsScript, this.#model, ...ids)) as string[];
    return lines.map((line) => (line === '' ? undefined : decisionOf(line)));
  }

  /** Both empty for a series that is not in the log. */
  async read(id: string): Promise<{ decisions: SeriesDecision[]; came: unknown[] }> {
    const reply = await this.#queue.ask(showSeriesScript, this.#model, id);
    return {
      decisions: reply.list('decisions').map((line) => decisionOf(String(line))),
      came: reply.list('came').map((row) => JSON.parse(String(row))),
    };
  }
}

/** `<when> <facts as JSON>`. */
function decisionOf(line: string): SeriesDecision {
  const space = line.indexOf(' ');
  return { at: Number(line.slice(0, space)), facts: JSON.parse(line.slice(space)) };
}
