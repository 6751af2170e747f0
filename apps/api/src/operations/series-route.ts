/** `GET /admin/series`, `GET /admin/series/{model_id}` and its `/plot`: the series of forecasts. */
import type { SeriesDecision } from '@deja/jobs';
import { isRedisAway } from '@deja/redis';
import { iso } from '@deja/wire';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { seconds } from '../cache/figures.ts';
import type { ApiContext } from '../context.ts';
import { queryOf } from '../http/query.ts';
import { ProblemError } from '../wire/problem.ts';

const MODEL = 'forecast';

export const seriesQuery = z.object({
  order: z.enum(['worst', 'recent']).default('worst').meta({
    description: 'worst: by how far the last forecast missed what then came',
  }),
  q: z.string().max(200).optional().meta({ description: 'A part of the `model_id`' }),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(1000).optional().meta({ description: 'A `next_cursor`' }),
});

export function seriesListRoute({ seriesLog }: ApiContext): RequestHandler {
  return async (req, res) => {
    const { order, q, limit, cursor } = queryOf(req, seriesQuery);
    const after = cursor === undefined ? undefined : placeOf(cursor);
    const all = (await seriesLog.ids(order)).filter(
      ([id, score]) => (!after || isBehind([id, score], after)) && (!q || id.includes(q)),
    );
    const page = all.slice(0, limit);
    const last = await seriesLog.last(page.map(([id]) => id));
    const ratios = new Map(order === 'worst' ? page : await seriesLog.ids('worst'));
    const now = Date.now();
    const series = page.flatMap(([id], at) => {
      const decision = last[at];
      return decision ? [presentLine(id, decision, { ratio: ratios.get(id), now })] : [];
    });
    const end = all.length > limit ? page.at(-1) : undefined;
    res.json({ series, next_cursor: end && cursorOf(end) });
  };
}

type Place = readonly [id: string, score: number];

/** Redis sorts by score and then by id, here both from above. */
const isBehind = ([id, score]: Place, [before, least]: Place): boolean =>
  score < least || (score === least && Buffer.compare(Buffer.from(id), Buffer.from(before)) < 0);
const cursorOf = ([id, score]: Place): string =>
  Buffer.from(JSON.stringify([id, score])).toString('base64url');

function placeOf(cursor: string): Place {
  try {
    const place = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return z.tuple([z.string(), z.number()]).parse(place);
  } catch {
    throw new ProblemError('malformed-request', 'cursor: it is no next_cursor');
  }
}

export function seriesRoute({ seriesLog }: ApiContext): RequestHandler {
  return async (req, res) => {
    const id = String(req.params.model_id);
    const { decisions, came } = await seriesLog.read(id);
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
      model_id: id,
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
  id: string,
  decision: SeriesDecision,
  { ratio = -1, now }: { ratio: number | undefined; now: number },
) {
  const { at, facts } = decision;
  return {
    model_id: id,
    asked_at: iso(at),
    trained_at: facts.trained_at,
    age_s: seconds(Math.max(0, now - Date.parse(String(facts.trained_at)))),
    last_decision: presentDecision(decision),
    error_ratio: ratio < 0 ? undefined : ratio,
    coverage: facts.coverage,
  };
}

export const plotQuery = z.object({
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
    const size = queryOf(req, plotQuery);
    const listed = await artefacts.list(`${MODEL}/model_id:${id}`).catch((error: unknown) => {
      if (!isRedisAway(error)) throw error;
      throw new ProblemError('list-unavailable', 'the cache Redis does not answer');
    });
    const { plotModel } = await import('@deja/models/plot');
    for (const { key, facts } of listed) {
      const found = await cache.find(key);
      const freq = String(facts.freq);
      const plot = found && plotModel(found.entry.body, { ...size, freq });
      if (plot) return void res.json({ model_id: id, trained_at: facts.trained_at, freq, ...plot });
    }
    throw new ProblemError('series-unknown', `no fitted model of ${id} is kept`);
  };
}
