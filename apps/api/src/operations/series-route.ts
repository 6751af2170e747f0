/** `GET /admin/series`, `GET /admin/series/{model_id}` and its `/plot`: the series of forecasts. */
import { artefactGroupFor, DEFAULT_TENANT } from '@deja/cache-core';
import type { ListedSeries, SeriesDecision } from '@deja/jobs';
import { isRedisAway } from '@deja/redis';
import { iso } from '@deja/wire';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { seconds } from '../cache/figures.ts';
import type { ApiContext } from '../context.ts';
import { queryOf } from '../http/query.ts';
import { ProblemError } from '../wire/problem.ts';

const MODEL = 'forecast';
/** What lists call nobody's is nobody's. */
const ownerOf = (tenant: string | undefined) => (tenant === DEFAULT_TENANT ? undefined : tenant);

export const tenantQuery = z.object({
  tenant: z.string().optional().meta({ description: 'Whose series it is. Without keys: none' }),
});

export const seriesQuery = z.object({
  order: z.enum(['worst', 'recent']).default('worst').meta({
    description: 'worst: by how far the last forecast missed what then came',
  }),
  q: z.string().max(200).optional().meta({ description: 'A part of the `model_id`' }),
  tenant: z.string().optional().meta({ description: 'Default: all' }),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(1000).optional().meta({ description: 'A `next_cursor`' }),
});

export function seriesListRoute({ seriesLog }: ApiContext): RequestHandler {
  return async (req, res) => {
    const { order, q, tenant, limit, cursor } = queryOf(req, seriesQuery);
    const after = cursor === undefined ? undefined : placeOf(cursor);
    const all = (await seriesLog.list(order)).filter(
      (line) =>
        (!after || isBehind(line, after)) &&
        (!q || line.id.includes(q)) &&
        (tenant === undefined || line.tenant === ownerOf(tenant)),
    );
    const page = all.slice(0, limit);
    const last = await seriesLog.last(page);
    const worst = order === 'worst' ? page : await seriesLog.list('worst');
    const ratios = new Map(worst.map(({ member, score }) => [member, score]));
    const now = Date.now();
    const series = page.flatMap((line, at) => {
      const decision = last[at];
      const ratio = ratios.get(line.member);
      return decision ? [presentLine(line, decision, { ratio, now })] : [];
    });
    const end = all.length > limit ? page.at(-1) : undefined;
    res.json({ series, next_cursor: end && cursorOf(end) });
  };
}

type Place = Pick<ListedSeries, 'member' | 'score'>;

/** As the list is sorted. */
const isBehind = (line: Place, end: Place): boolean =>
  line.score < end.score ||
  (line.score === end.score &&
    Buffer.compare(Buffer.from(line.member), Buffer.from(end.member)) < 0);
const cursorOf = ({ member, score }: Place): string =>
  Buffer.from(JSON.stringify([member, score])).toString('base64url');

function placeOf(cursor: string): Place {
  try {
    const place = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const [member, score] = z.tuple([z.string(), z.number()]).parse(place);
    return { member, score };
  } catch {
    throw new ProblemError('malformed-request', 'cursor: it is no next_cursor');
  }
}

export function seriesRoute({ seriesLog }: ApiContext): RequestHandler {
  return async (req, res) => {
    const id = String(req.params.model_id);
    const { tenant } = queryOf(req, tenantQuery);
    const { decisions, came } = await seriesLog.read({ id, tenant: ownerOf(tenant) });
    if (decisions.length === 0) throw new ProblemError('series-unknown', `no series ${id}`);
    const points = z.array(pointThatCame).catch([]).parse(came);
    const column = (at: number) => points.map(({ values }) => values[at] as number);
    const [y, yhat, lower, upper] = [0, 1, 2, 3].map(column) as [
      number[],
      number[],
      number[],
      number[],
    ];
    const made = points.map(({ made_at }) => made_at);
    res.json({
      ...{ model_id: id, tenant: tenant ?? DEFAULT_TENANT },
      decisions: decisions.map(presentDecision),
      came: {
        ...{ ds: points.map(({ ds }) => ds), y, yhat, yhat_lower: lower, yhat_upper: upper },
        made_at: made,
      },
      accuracy: points.length === 0 ? undefined : accuracyOf({ y, yhat, lower, upper }),
    });
  };
}

const pointThatCame = z.object({
  ds: z.string(),
  values: z.array(z.number()).length(4),
  made_at: z.string(),
});

type Columns = Readonly<Record<'y' | 'yhat' | 'lower' | 'upper', readonly number[]>>;

function accuracyOf({ y, yhat, lower, upper }: Columns) {
  const sizes = y.reduce((sum, value) => sum + Math.abs(value), 0);
  const errors = y.reduce((sum, value, at) => sum + Math.abs(value - (yhat[at] as number)), 0);
  const within = y.filter(
    (value, at) => value >= (lower[at] as number) && value <= (upper[at] as number),
  );
  const short = (value: number) => Math.round(value * 10_000) / 10_000;
  return {
    points: y.length,
    mean_error_share: sizes === 0 ? undefined : short(errors / sizes),
    within_band: short(within.length / y.length),
  };
}

const presentDecision = ({ at, facts }: SeriesDecision) => ({ at: iso(at), ...facts });

/** @param ratio -1: nothing came since. */
function presentLine(
  { id, tenant = DEFAULT_TENANT }: ListedSeries,
  decision: SeriesDecision,
  { ratio = -1, now }: { ratio: number | undefined; now: number },
) {
  const { at, facts } = decision;
  return {
    ...{ model_id: id, tenant },
    asked_at: iso(at),
    trained_at: facts.trained_at,
    age_s: seconds(Math.max(0, now - Date.parse(String(facts.trained_at)))),
    last_decision: presentDecision(decision),
    error_ratio: ratio < 0 ? undefined : ratio,
    coverage: facts.coverage,
  };
}

export const plotQuery = tenantQuery.extend({
  points: z.coerce.number().int().min(2).max(2000).default(730).meta({
    description: 'How many of the last points of the series',
  }),
  periods: z.coerce.number().int().min(0).max(366).default(28).meta({
    description: 'Steps ahead; none for a model with regressors or a cap of its own dates',
  }),
});

/** The newest fitted model of the series that may still be used. */
export function seriesPlotRoute({ artefacts, cache }: ApiContext): RequestHandler {
  return async (req, res) => {
    const id = String(req.params.model_id);
    const { tenant: named, ...size } = queryOf(req, plotQuery);
    const tenant = ownerOf(named);
    const group = artefactGroupFor(MODEL, `model_id:${id}`, tenant);
    const listed = await artefacts.list(group).catch((error: unknown) => {
      if (!isRedisAway(error)) throw error;
      throw new ProblemError('list-unavailable', 'the cache Redis does not answer');
    });
    const { plotModel } = await import('@deja/models/plot');
    for (const { key, facts } of listed) {
      const found = await cache.find(key, tenant);
      const freq = String(facts.freq);
      const plot = found && plotModel(found.entry.body, { ...size, freq });
      if (plot) return void res.json({ model_id: id, trained_at: facts.trained_at, freq, ...plot });
    }
    throw new ProblemError('series-unknown', `no fitted model of ${id} is kept`);
  };
}
