/**
 * The log of series, for people: of each the last 100 decisions which model answered, and what was
 * forecast for the last points before they came.
 *
 * Bounds, each with a test of the same name:
 *
 *  - a series has the last 100 decisions and 60 points;
 *  - the last 2,048 series of a model are kept, for 90 days: 60 MB if all are full.
 *
 * With keys each tenant has series of its own.
 *
 * A series lies in the shard of its questions; it has lines in more of them if their number was changed.
 */
import {
  lastDecisionsScript,
  listSeriesScript,
  noteDecisionScript,
  showSeriesScript,
} from './lua/series.ts';
import { askAll, type QueueShards } from './queue-redis.ts';

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

export interface SeriesName {
  readonly id: string;
  /** Default: it was asked for without a key. */
  readonly tenant?: string | undefined;
}

/** In the order of `score`, from above, and then of the bytes of `member`. */
export interface ListedSeries extends SeriesName {
  readonly member: string;
  readonly score: number;
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
  readonly #queues: QueueShards;
  readonly #model: string;
  readonly #limits: SeriesLogLimits;

  /** @param model The name of the model whose series they are. */
  constructor(queues: QueueShards, model: string, limits: Partial<SeriesLogLimits> = {}) {
    this.#queues = queues;
    this.#model = model;
    const { maxSeries, ...rest } = { ...LIMITS, ...limits };
    this.#limits = { ...rest, maxSeries: Math.ceil(maxSeries / queues.all.length) };
  }

  /**
   * @param key The question that was answered.
   * @param missed How far the last forecast missed. Undefined: nothing came since.
   */
  async note(
    { key, ...series }: SeriesName & { readonly key: string },
    facts: Readonly<Record<string, unknown>>,
    { missed, came }: { missed: number | undefined; came: readonly PointThatCame[] },
  ): Promise<void> {
    const { maxSeries, maxDecisions, maxPoints, keepMs } = this.#limits;
    const rows = came.map(({ at, row }) => ({ at, row: JSON.stringify(row) }));
    const args = [JSON.stringify(facts), missed ?? -1, JSON.stringify(rows)] as const;
    const bounds = [maxSeries, maxDecisions, maxPoints, keepMs] as const;
    const queue = this.#queues.ofKey(key);
    await queue.call(noteDecisionScript, this.#model, memberOf(series), ...args, ...bounds);
  }

  /** All series with their scores: when each answered last (epoch ms), or how far it missed (-1: unknown). */
  async list(order: 'recent' | 'worst'): Promise<ListedSeries[]> {
    const lists = await askAll(this.#queues, async (queue) => {
      const flat = (await queue.call(listSeriesScript, this.#model, order)) as string[];
      return flat.flatMap((id, at) => (at % 2 === 0 ? [[id, Number(flat[at + 1])] as const] : []));
    });
    const highest = new Map(lists.flat().sort(([, a], [, b]) => a - b));
    const all = lists.length === 1 ? lists.flat() : [...highest].sort(fromAbove);
    return all.map(([member, score]) => ({ ...nameOf(member), member, score }));
  }

  /** Undefined for a series that is not in the log. */
  async last(series: readonly SeriesName[]): Promise<(SeriesDecision | undefined)[]> {
    if (series.length === 0) return [];
    const lists = await askAll(this.#queues, async (queue) => {
      const lines = (await queue.call(
        lastDecisionsScript,
        this.#model,
        ...series.map(memberOf),
      )) as string[];
      return lines.map((line) => (line === '' ? undefined : decisionOf(line)));
    });
    return series.map((_, at) => latest(lists.flatMap((list) => list[at] ?? []))[0]);
  }

  /** Both empty for a series that is not in the log. */
  async read(series: SeriesName): Promise<{ decisions: SeriesDecision[]; came: unknown[] }> {
    const { maxDecisions, maxPoints } = this.#limits;
    const shown = await askAll(this.#queues, async (queue) => {
      const reply = await queue.ask(showSeriesScript, this.#model, memberOf(series));
      const decisions = reply.list('decisions').map((line) => decisionOf(String(line)));
      const came = reply.list('came').map((row): unknown => JSON.parse(String(row)));
      return { decisions, came, at: decisions[0]?.at ?? 0 };
    });
    const decisions = latest(shown.flatMap((each) => each.decisions)).slice(0, maxDecisions);
    const came = shown.sort((a, b) => a.at - b.at).flatMap((each) => each.came);
    return { decisions, came: came.slice(-maxPoints) };
  }
}

type Scored = readonly [member: string, score: number];

/** As Redis sorts: by score, and then by the bytes of the member. */
const fromAbove = ([a, one]: Scored, [b, other]: Scored): number =>
  other - one || Buffer.compare(Buffer.from(b), Buffer.from(a));

/** No tenant's name has a NUL. */
const memberOf = ({ id, tenant }: SeriesName): string =>
  tenant === undefined ? id : `${tenant}\0${id}`;

function nameOf(member: string): SeriesName {
  const end = member.indexOf('\0');
  return end < 0 ? { id: member } : { tenant: member.slice(0, end), id: member.slice(end + 1) };
}

/** The latest first; of one shard they are in this order already. */
const latest = (decisions: readonly SeriesDecision[]): SeriesDecision[] =>
  decisions.toSorted((a, b) => b.at - a.at);

/** `<when> <facts as JSON>`. */
function decisionOf(line: string): SeriesDecision {
  const space = line.indexOf(' ');
  return { at: Number(line.slice(0, space)), facts: JSON.parse(line.slice(space)) };
}
