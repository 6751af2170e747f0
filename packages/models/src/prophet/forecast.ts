import type { z } from 'zod';
import { type ComputeContext, SHORT_WORK_MS } from '../define-model.ts';
import { formatDs, formatOffset } from '../forecast/ds.ts';
import { type Freq, parseFreq } from '../forecast/freq.ts';
import type { ForecastInput } from '../forecast/input.ts';
import { nextPointOf } from '../forecast/next-point.ts';
import { formatFutureDs } from '../forecast/normalise.ts';
import type { forecastOutput } from '../forecast/schema.ts';
import { obtainFit } from '../reuse/obtain-fit.ts';
import type { Limits } from '../settings.ts';
import { componentsOf } from './components.ts';
import { predictRows } from './predict.ts';
import { askedRows, seriesOf } from './series.ts';

type Output = z.input<typeof forecastOutput>;

/** The forecast of a normalised series. */
export async function computeForecast(
  input: ForecastInput,
  context: ComputeContext,
  { now = Date.now, ...limits }: Limits & { readonly now?: () => number },
): Promise<Output> {
  context.signal.throwIfAborted();
  const asked = seriesOf(input);
  const obtained = await obtainFit(input, asked, context, { ...limits, now });
  const { fit, series } = obtained;
  context.count(fit.kind === 'line' ? 'straight' : obtained.source);

  context.signal.throwIfAborted();
  if (obtained.trainingMs >= SHORT_WORK_MS) context.progress(0.8, 'predicting');
  const rows = askedRows(input);
  const { yhat, bounds, effects } = predictRows(fit, rows, input.answer);
  const format = formatFutureDs(input, parseFreq(input.freq) as Freq);
  const next = nextPointOf(input, asked.ds.at(-1) as number, now());
  const style = { dateOnly: input.date_only, offsets: input.offsets };
  const names = boundNames(input.answer);
  const steps = rows.ds.map((ds, at) => {
    const step: Record<string, string | number> = { ds: format(ds), yhat: yhat[at] as number };
    for (const [width, { lower, upper }] of bounds.entries()) {
      const [low, high] = names[width] as (typeof names)[number];
      step[low] = lower[at] as number;
      step[high] = upper[at] as number;
    }
    return step;
  });
  return {
    forecast: steps as Output['forecast'],
    ...(input.answer.components && { components: componentsOf(effects) }),
    model_id: input.model_id,
    model: {
      source: obtained.source,
      reason: obtained.reason,
      cache_hit: obtained.cacheHit,
      trained_at: new Date(obtained.trainedAt).toISOString(),
      trained_through: formatDs(series.ds.at(-1) as number, style),
      points: series.y.length,
      data_change: rounded(obtained.dataChange, 1e6),
      training_time_ms: rounded(obtained.trainingMs, 10),
      next_point_due: next.due,
    },
    warnings: [
      ...obtained.warnings,
      ...(input.freq_guessed ? [guessed(input.freq)] : []),
      ...(input.freq_of_dates ? [misfit(input.freq, input.freq_of_dates)] : []),
      ...(input.offsets.length > 1 ? [offsetKept(input.offsets)] : []),
      ...fit.warnings,
      ...(next.isPast ? [behind(next.due)] : []),
    ],
  };
}

/** The usual pair, then `yhat_lower_50` and so on. */
function boundNames({ interval_widths }: ForecastInput['answer']): [string, string][] {
  const more = interval_widths.map((width) => `_${rounded(100 * width, 1e7)}`);
  return ['', ...more].map((suffix) => [`yhat_lower${suffix}`, `yhat_upper${suffix}`]);
}

/** Decided when the answer is computed: docs/adr/0016-behind-when-computed.md. */
function behind(due: string): Output['warnings'][number] {
  const message = `the point of ${due} was due when this was computed, and the series ends before it`;
  return { code: 'series_behind', message };
}

function guessed(freq: string): Output['warnings'][number] {
  const message = `the dates are not evenly spaced: ${freq} was taken for the step; send freq to decide`;
  return { code: 'freq_inferred_irregular', message };
}

function misfit(freq: string, own: string): Output['warnings'][number] {
  const message = `the dates do not lie on freq ${freq}: they look like ${own}; leave freq out, or send ${own}, to continue them`;
  return { code: 'freq_does_not_fit', message };
}

function offsetKept(offsets: ForecastInput['offsets']): Output['warnings'][number] {
  const last = formatOffset(offsets.at(-1)?.[1] ?? 0);
  const message = `the dates change their offset from UTC, as with summer time: days and hours are those of the local time, and later dates are written with the last offset, ${last}`;
  return { code: 'offset_changes', message };
}

const rounded = (value: number, parts: number): number => Math.round(value * parts) / parts;
