/** What the log of a series keeps of a decision which model answers. */
import { formatDs } from '../forecast/ds.ts';
import type { ForecastInput } from '../forecast/input.ts';
import type { ForecastCheck } from './forecast-check.ts';
import type { Obtained } from './obtained.ts';

/** Points that came whose forecasts are kept. */
const MAX_CAME = 28;

/**
 * @param check The kept model, on points that it had not seen.
 * @param errorTraining Of the model that answers.
 */
export function decisionNote(
  input: ForecastInput,
  obtained: Obtained,
  facts: {
    readonly check: ForecastCheck | undefined;
    readonly errorTraining: number | undefined;
  },
) {
  const { source, reason, dataChange, trainedAt, series } = obtained;
  const { check, errorTraining } = facts;
  const style = { dateOnly: input.date_only, offsets: input.offsets };
  return {
    ...{ source, reason, data_change: dataChange, points: series.ds.length },
    trained_at: new Date(trainedAt).toISOString(),
    ...(errorTraining !== undefined && { error_training: short(errorTraining) }),
    new_points: check?.ds.length ?? 0,
    ...(check && {
      error_new: short(check.error),
      error_ratio: short(check.ratio),
      coverage: short(check.coverage),
      came: check.ds
        .map((ds, at) => ({
          ds: formatDs(ds, style),
          at: ds,
          values: [check.y, check.yhat, check.lower, check.upper].map((column) =>
            short(column[at] as number),
          ),
          made_at: new Date(check.madeAt).toISOString(),
        }))
        .slice(-MAX_CAME),
    }),
  };
}

/** Six digits are enough for people. */
const short = (value: number): number => Number(value.toPrecision(6));
