import type { z } from 'zod';
import { formatDs } from '../forecast/ds.ts';
import { type Freq, parseFreq } from '../forecast/freq.ts';
import { futureDates } from '../forecast/future-dates.ts';
import { type ForecastInput, formatFutureDs } from '../forecast/normalise.ts';
import type { forecastOutput } from '../forecast/schema.ts';
import type { ComputeContext } from '../model.ts';
import { predict } from './predict.ts';

type Output = z.input<typeof forecastOutput>;

/** The forecast of a normalised series. Gaps are left out of the fit, as in Prophet. */
export function computeForecast(input: ForecastInput, context: ComputeContext): Output {
  const freq = parseFreq(input.freq) as Freq;
  const known = input.y.flatMap((value, at) => (value === null ? [] : [at]));
  const task = {
    ds: known.map((at) => input.ds[at] as number),
    y: known.map((at) => input.y[at] as number),
    futureDs: futureDates(freq, input.ds.at(-1) as number, input.periods),
    options: input.options,
  };
  context.signal.throwIfAborted();
  context.progress(0.05, 'training');
  const { yhat, lower, upper, trainingMs, warnings } = predict(task, context);

  const format = formatFutureDs(input, freq);
  const style = { dateOnly: input.date_only, zoned: input.zoned };
  return {
    forecast: task.futureDs.map((ds, at) => ({
      ds: format(ds),
      yhat: yhat[at] as number,
      yhat_lower: lower[at] as number,
      yhat_upper: upper[at] as number,
    })),
    model_id: input.model_id,
    trained_through: formatDs(task.ds.at(-1) as number, style),
    points: task.y.length,
    training_time_ms: Math.round(trainingMs * 10) / 10,
    warnings: [...(input.freq_guessed ? [guessed(input.freq)] : []), ...warnings],
  };
}

function guessed(freq: string): Output['warnings'][number] {
  const message = `the dates are not evenly spaced: ${freq} was taken for the step; send freq to decide`;
  return { code: 'freq_inferred_irregular', message };
}
