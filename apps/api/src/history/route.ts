/** `GET /admin/history`: what was, by minute or hour, in columns for plots. */
import { iso } from '@deja/wire';
import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import type { ApiContext } from '../context.ts';
import { queryOf } from '../http/query.ts';
import { ProblemError } from '../wire/problem.ts';
import type { Bucket } from './blob.ts';
import { HISTORY_METRICS, valuesOf } from './metrics.ts';
import { merge } from './series.ts';
import { MINUTE_DAYS, MINUTE_MS } from './store.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const MAX_STEPS = 2000;
/** Hours and days that are read for one answer. */
const MAX_GROUPS = 200;

const time = z.iso
  .datetime({ offset: true })
  .or(z.iso.date())
  .transform((text) => Date.parse(text));

export const historyQuery = z.object({
  metric: z.enum(HISTORY_METRICS),
  from: time.optional().meta({ description: 'ISO 8601. Default: an hour before `to`' }),
  to: time.optional().meta({ description: 'ISO 8601. Default: now' }),
  step: z.coerce.number().int().min(60).max(86_400).optional().meta({
    description: 'Unit: s; a multiple of 60. Default: so that there are about 360 steps or fewer',
  }),
});

export function historyRoute({ history }: ApiContext): RequestHandler {
  return async (req: Request, res) => {
    const query = queryOf(req, historyQuery);
    const { metric, to = Date.now(), from = to - HOUR_MS } = query;
    const stepMs = stepOf({ from, to, step: query.step });
    const first = Math.floor(from / stepMs);
    const last = Math.ceil(to / stepMs);
    if (last - first < 1) throw new ProblemError('malformed-request', 'from: it is not before to');
    if (last - first > MAX_STEPS)
      throw new ProblemError(
        'malformed-request',
        `step: there would be more than ${MAX_STEPS} steps`,
      );
    const of = stepMs % HOUR_MS === 0 ? 'hours' : 'minutes';
    const unitMs = of === 'hours' ? HOUR_MS : MINUTE_MS;
    const units = { from: (first * stepMs) / unitMs, to: (last * stepMs) / unitMs };
    if ((units.to - units.from) / (of === 'hours' ? 24 : 60) > MAX_GROUPS)
      throw new ProblemError('malformed-request', 'step: so long a time has steps of 3600 s');
    const steps: (Bucket | undefined)[] = Array.from({ length: last - first });
    for (const [unit, bucket] of await history.buckets(of, units)) {
      const at = Math.floor((unit * unitMs) / stepMs) - first;
      steps[at] = merge(steps[at] ?? new Map(), bucket);
    }
    res.json({
      ...{ metric, step: stepMs / 1000 },
      times: steps.map((_, at) => iso((first + at) * stepMs)),
      values: valuesOf(metric, steps),
    });
  };
}

function stepOf({
  from,
  to,
  step,
}: {
  from: number;
  to: number;
  step: number | undefined;
}): number {
  if (step !== undefined) {
    if (step % 60 !== 0 || DAY_MS % (step * 1000) !== 0)
      throw new ProblemError(
        'malformed-request',
        'step: a multiple of 60 that divides a day, in s',
      );
    return step * 1000;
  }
  const isOld = Date.now() - from > MINUTE_DAYS * DAY_MS;
  const usual = [1, 2, 5, 10, 30, 60, 120, 360, 1440].map((minutes) => minutes * MINUTE_MS);
  const fits = usual.find((ms) => (to - from) / ms < 361 && (!isOld || ms >= HOUR_MS));
  return fits ?? DAY_MS;
}
