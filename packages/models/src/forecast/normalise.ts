/**
 * Turns every spelling of the same series into one JSON value. It decides the cache key, and
 * `compute` sees nothing else.
 *
 *  - rows are sorted by date, then y, gaps last;
 *  - dates become seconds of the series' own local time (offsets.ts), so `Z` equals `+00` and `T` a space;
 *  - an absent option becomes its default, and `auto` the order that it means for this series;
 *  - a cap that is the same at every date becomes that number, wherever it was given;
 *  - an absent `freq` becomes the inferred one, in the canonical code. Only the guess for an uneven
 *    series is marked, and a given one that does not fit, because their answers carry a warning.
 */
import { InputError } from '../errors.ts';
import type { Limits } from '../settings.ts';
import { DAY_SECONDS } from './calendar.ts';
import { formatDs } from './ds.ts';
import { type ExtraColumns, readColumns, wantedColumns } from './extra-columns.ts';
import type { FitOptions } from './fit-options.ts';
import { type Freq, formatFreq, isSubDaily } from './freq.ts';
import { futureRows } from './future-rows.ts';
import type { ForecastInput } from './input.ts';
import { localDates } from './local-options.ts';
import { localTimes, offsetsOf } from './offsets.ts';
import { answerOptionsOf, fitOptionsOf, refuseClashes } from './resolve-options.ts';
import type { Columns } from './rows.ts';
import { withSaturation } from './saturation.ts';
import type { ForecastBody } from './schema.ts';
import { distinct, stepOf } from './step.ts';

/**
 * A fit takes time for them, and memory with logistic growth only (8 bytes each). 50 000 points with
 * 60 columns and the default changepoints are 4.25 million and take 0.6 s (2026-11).
 */
const MAX_FEATURE_CELLS = 5_000_000;
/** More holidays than any country of `date-holidays` has. */
const COUNTRY_HOLIDAYS = 40;

export function normaliseForecast(body: ForecastBody, limits: Limits): ForecastInput {
  const { options } = body;
  refuseClashes(options);
  const offsets = offsetsOf(body.data, body.future);
  const data = { ...body.data, ds: localTimes(body.data, offsets) };
  const wanted = wantedColumns(options, data);
  const { ds, y, extra } = sorted(
    data,
    readColumns(data, wanted, { path: '/data', mayLack: !options.include_history }),
  );
  const usable = y.includes(null) ? ds.filter((_, at) => y[at] !== null) : ds;
  refuseTooFew(usable);
  if (data.cut) refuseSubSecond(ds);

  const last = ds.at(-1) as number;
  const { freq, ...step } = stepOf(body.freq, distinct(ds), { instants: body.data.ds, offsets });
  const future = body.future && { ...body.future, ds: localTimes(body.future, offsets) };
  const { periods, ...ahead } = futureRows({
    periods: body.periods,
    rows: future,
    extra: futureColumns(body, wanted),
    freq,
    last,
    offsets,
  });
  const fit = fitOptionsOf(localDates(options, offsets), usable, limits);
  refuseTooWide(fit, usable.length);
  const shown = options.include_history ? distinct(ds).length : 0;
  const input = {
    model_id: body.model_id,
    ds,
    y,
    date_only: data.dateOnly,
    offsets,
    freq: formatFreq(freq),
    ...step,
    periods,
    ...(wanted.size > 0 && { extra }),
    ...(Object.keys(ahead).length > 0 && { future: ahead }),
    fit,
    answer: answerOptionsOf(options, periods + shown, limits),
    reuse: { max_data_change: options.max_data_change, max_model_age_s: options.max_model_age_s },
  };
  return fit.growth === 'logistic' ? withSaturation(input) : input;
}

/** The columns of the future rows. Throws `InputError` if columns are wanted and there are none. */
function futureColumns(
  { future, data }: ForecastBody,
  wanted: ReturnType<typeof wantedColumns>,
): ExtraColumns {
  if (future === undefined) {
    if (wanted.size === 0) return {};
    const names = [...wanted.keys()].join(', ');
    const message = `missing: send a row for each date of the forecast with its ${names}`;
    throw new InputError([{ path: '/future', message }]);
  }
  const zoned = data.zones !== undefined;
  if (zoned !== (future.zones !== undefined)) {
    const message = zoned
      ? 'must have a time zone, like data: "2024-01-31T00:00:00+01:00"'
      : 'must have no time zone, like data: "2024-01-31T12:00:00"';
    throw new InputError([{ path: '/future/0/ds', message }]);
  }
  return readColumns(future, wanted, { path: '/future' });
}

function refuseTooWide(fit: FitOptions, points: number): void {
  const seasonal = fit.seasonalities.reduce((sum, { fourier_order }) => sum + 2 * fourier_order, 0);
  const changepoints = fit.changepoints?.length ?? Math.min(fit.n_changepoints, points);
  const country = fit.country_holidays === null ? 0 : COUNTRY_HOLIDAYS;
  const terms = seasonal + changepoints + country + fit.holidays.length + fit.regressors.length;
  if (terms * points <= MAX_FEATURE_CELLS) return;
  const message = `${points} points x ${terms} terms (seasonal, changepoints, holidays, regressors) are more than ${MAX_FEATURE_CELLS}: use lower Fourier orders, or fewer of them or of points`;
  throw new InputError([{ path: '/options', message }]);
}

/**
 * Formats a date of the forecast: as a date if the input had dates, unless one of the asked dates has
 * a time.
 */
export function formatFutureDs(input: ForecastInput, freq: Freq): (seconds: number) => string {
  const { date_only, offsets, future } = input;
  const hasTimes = future?.ds?.some((ds) => ds % DAY_SECONDS !== 0) ?? isSubDaily(freq);
  const style = { dateOnly: date_only && !hasTimes, offsets };
  return (seconds) => formatDs(seconds, style);
}

interface Series {
  readonly ds: readonly number[];
  readonly y: readonly (number | null)[];
  readonly extra: ExtraColumns;
}

/** By date, then y with gaps last, then the other columns in the order of their names. */
function sorted({ ds, y }: Pick<Columns, 'ds' | 'y'>, extra: ExtraColumns): Series {
  if (isRising(ds)) return { ds, y, extra };
  const columns = Object.keys(extra)
    .sort()
    .map((name) => extra[name] as readonly number[]);
  const order = Uint32Array.from(ds, (_, at) => at).sort((a, b) => {
    const step = (ds[a] as number) - (ds[b] as number) || compareY(y[a], y[b]);
    if (step !== 0) return step;
    const other = columns.find((column) => column[a] !== column[b]);
    return other === undefined ? 0 : (other[a] as number) - (other[b] as number);
  });
  const pick = <T>(column: readonly T[]) => Array.from(order, (at) => column[at] as T);
  return {
    ds: pick(ds),
    y: pick(y),
    extra: Object.fromEntries(Object.entries(extra).map(([name, column]) => [name, pick(column)])),
  };
}

function isRising(ds: readonly number[]): boolean {
  for (let at = 1; at < ds.length; at += 1)
    if ((ds[at] as number) <= (ds[at - 1] as number)) return false;
  return true;
}

function compareY(a: number | null | undefined, b: number | null | undefined): number {
  if (typeof a !== 'number') return typeof b === 'number' ? 1 : 0;
  return typeof b === 'number' ? a - b : -1;
}

function refuseTooFew(usable: readonly number[]): void {
  const message =
    usable.length < 2
      ? 'not enough data: at least 2 points must have a y'
      : usable[0] === usable.at(-1)
        ? 'not enough data: all points with a y have the same timestamp'
        : undefined;
  if (message !== undefined) throw new InputError([{ path: '/data', message }]);
}

function refuseSubSecond(ds: readonly number[]): void {
  if (distinct(ds).length === ds.length) return;
  const message = 'several rows fall into one second: the model has no finer steps than a second';
  throw new InputError([{ path: '/data', message }]);
}
