import type { z } from 'zod';
import { formatDs } from '../forecast/ds.ts';
import { type Freq, parseFreq } from '../forecast/freq.ts';
import { type ForecastInput, formatFutureDs } from '../forecast/normalise.ts';
import type { forecastOutput } from '../forecast/schema.ts';
import type { ComputeContext } from '../model.ts';
import { componentsOf } from './components.ts';
import { fitSeries } from './fit.ts';
import { predictRows } from './predict.ts';
import { askedRows, seriesOf } from './series.ts';

type Output = z.input<typeof forecastOutput>;

/** The forecast of a normalised series. */
export function computeForecast(input: ForecastInput, context: ComputeContext): Output {
  const series = seriesOf(input);
  context.signal.throwIfAborted();
  context.progress(0.05, 'training');
  const startedAt = performance.now();
  const fit = fitSeries(series, input.fit);
  const trainingMs = fit.kind === 'prophet' ? performance.now() - startedAt : 0;

  context.signal.throwIfAborted();
  context.progress(0.8, 'predicting');
  const rows = askedRows(input);
  const { yhat, bounds, effects } = predictRows(fit, rows, input.answer);
  const format = formatFutureDs(input, parseFreq(input.freq) as Freq);
  const style = { dateOnly: input.date_only, zoned: input.zoned };
  return {
    forecast: rows.ds.map((ds, at) => ({
      ds: format(ds),
      yhat: yhat[at] as number,
      ...(bounds && {
        yhat_lower: bounds.lower[at] as number,
        yhat_upper: bounds.upper[at] as number,
      }),
    })),
    ...(input.answer.components && { components: componentsOf(effects) }),
    model_id: input.model_id,
    trained_through: formatDs(series.ds.at(-1) as number, style),
    points: series.y.length,
    training_time_ms: Math.round(trainingMs * 10) / 10,
    warnings: [...(input.freq_guessed ? [guessed(input.freq)] : []), ...fit.warnings],
  };
}

function guessed(freq: string): Output['warnings'][number] {
  const message = `the dates are not evenly spaced: ${freq} was taken for the step; send freq to decide`;
  return { code: 'freq_inferred_irregular', message };
}
