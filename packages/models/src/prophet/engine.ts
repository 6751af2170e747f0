/**
 * Prophet: fitting, and what a fit says about any date.
 *
 * The two halves share a frame and parameters, nothing else: a fit that was stored predicts as the
 * one just made. Everything around Stan's optimum is computed here and not by augurs' `Prophet`
 * (0.10.2), which orders the features anew for every object, so that stored coefficients meet the
 * wrong columns, and which panics where it should refuse: docs/adr/0005-prophet-around-stan.md.
 */
import { InputError } from '../errors.ts';
import type { FitOptions } from '../forecast/fit-options.ts';
import type { Rows, Series } from './answer-rows.ts';
import { type Block, blockValues } from './features.ts';
import { type Frame, floorAt, frameOf, scaledCap, scaledTime } from './frame.ts';
import { holidayDays } from './holidays.ts';
import { optimise, type StanParameters } from './stan.ts';
import { segmentsOf, trendOf } from './trend.ts';

export interface ProphetFit {
  readonly kind: 'prophet';
  readonly options: FitOptions;
  readonly frame: Frame;
  readonly parameters: StanParameters;
}

/** Columns over the rows, in the unit of y; multiplicative effects are shares of the trend. */
export interface Effects {
  readonly trend: readonly number[];
  /** The part of the trend that multiplicative effects do not apply to. */
  readonly floor: readonly number[];
  readonly additive: readonly number[];
  readonly multiplicative: readonly number[];
  readonly blocks: readonly { readonly block: Block; readonly values: readonly number[] }[];
}

const MAX_SCALED_CAP = 100;

/**
 * @param series Ascending, at least four points, at least two distinct dates.
 * @param start Where the optimiser begins: parameters of an earlier fit with equal shapes.
 *              Default: Prophet's own start.
 * Throws `InputError` when no fit is found, `EngineTrappedError` when the engine broke.
 */
export function fitProphet(
  series: Series,
  options: FitOptions,
  start?: StanParameters,
): ProphetFit {
  const holidays = holidayDays(options, series.ds);
  const frame = frameOf(series, options, holidays);
  const { blocks, changepoints, yScale } = frame;
  const t = scaledTime(frame, series.ds);
  const floor = floorAt(frame, series);
  const y = series.y.map((value, at) => (value - (floor[at] as number)) / yScale);
  const cap = scaledCap(frame, options, series);
  refuseFarCap(cap);
  const values = blocks.map((block) => blockValues(block, series, holidays));
  const columns = <T>(of: (block: Block) => T) =>
    blocks.flatMap((block) => Array.from({ length: block.width }, () => of(block)));

  const parameters = optimise(
    {
      t,
      y,
      cap: cap.length === 0 ? t.map(() => 0) : cap,
      t_change: changepoints,
      trend_indicator: ({ linear: 0, logistic: 1, flat: 2 } as const)[options.growth],
      X: t.map((_, row) =>
        blocks.flatMap(({ width }, at) =>
          Array.from((values[at] as Float64Array).subarray(row * width, (row + 1) * width)),
        ),
      ),
      sigmas: columns(({ prior }) => prior),
      s_a: columns(({ mode }) => (mode === 'additive' ? 1 : 0)),
      tau: options.changepoint_prior_scale,
    },
    start ?? {
      ...trendStart(options.growth, t, y, cap),
      delta: new Float64Array(changepoints.length),
      beta: new Float64Array(widthOf(frame)),
      sigmaObs: 1,
    },
  );
  return { kind: 'prophet', options, frame, parameters };
}

/** What the fit says about `rows`, which may lie anywhere. */
export function effectsAt({ options, frame, parameters }: ProphetFit, rows: Rows): Effects {
  const holidays = holidayDays(options, rows.ds);
  const { growth } = options;
  const floor = floorAt(frame, rows);
  const segments = segmentsOf(growth, parameters, frame.changepoints);
  const scaled = trendOf(
    growth,
    segments,
    scaledTime(frame, rows.ds),
    scaledCap(frame, options, rows),
  );
  let from = 0;
  const blocks = frame.blocks.map((block) => {
    const beta = parameters.beta.subarray(from, from + block.width);
    from += block.width;
    const unit = block.mode === 'additive' ? frame.yScale : 1;
    return { block, values: effectOf(blockValues(block, rows, holidays), beta, unit) };
  });
  const sumOf = (mode: Block['mode']) => {
    const parts = blocks.filter(({ block }) => block.mode === mode);
    return rows.ds.map((_, at) => parts.reduce((sum, { values }) => sum + (values[at] ?? 0), 0));
  };
  return {
    trend: scaled.map((value, at) => value * frame.yScale + (floor[at] as number)),
    floor,
    additive: sumOf('additive'),
    multiplicative: sumOf('multiplicative'),
    blocks,
  };
}

/** Whether parameters that were stored can belong to `frame`: lengths, and finite throughout. */
export function isFitOf(frame: Frame, { k, m, delta, beta, sigmaObs }: StanParameters): boolean {
  return (
    delta.length === frame.changepoints.length &&
    beta.length === widthOf(frame) &&
    [k, m, sigmaObs, ...delta, ...beta].every(Number.isFinite) &&
    sigmaObs > 0
  );
}

// Prophet's start, 0.01 of the cap at least, then lies far above all y: Stan finds no way back, traps
// (2026-11: from 10,000 on), or does not return.
function refuseFarCap(cap: readonly number[]): void {
  const most = cap.reduce((a, b) => Math.max(a, b), 0);
  if (most <= MAX_SCALED_CAP) return;
  const message = `more than ${MAX_SCALED_CAP} times as far above the floor as any y: growth so far from its cap is not logistic`;
  throw new InputError([{ path: '/options/cap', message }]);
}

function widthOf({ blocks }: Frame): number {
  return blocks.reduce((sum, { width }) => sum + width, 0);
}

function effectOf(values: Float64Array, beta: Float64Array, unit: number): number[] {
  return Array.from({ length: values.length / beta.length }, (_, row) => {
    let effect = 0;
    for (let at = 0; at < beta.length; at += 1)
      effect += (values[row * beta.length + at] as number) * (beta[at] as number);
    return effect * unit;
  });
}

/** Through the first and the last point; `linear_growth_init` and so on of forecaster.py. */
function trendStart(
  growth: FitOptions['growth'],
  t: readonly number[],
  y: readonly number[],
  cap: readonly number[],
): { k: number; m: number } {
  const end = y.length - 1;
  const [first, last] = [y[0] as number, y[end] as number];
  const span = (t[end] as number) - (t[0] as number);
  if (growth === 'flat') return { k: 0, m: y.reduce((sum, value) => sum + value, 0) / y.length };
  if (growth === 'linear') {
    const k = (last - first) / span;
    return { k, m: first - k * (t[0] as number) };
  }
  const ratio = (at: number) => {
    const most = cap[at] as number;
    return most / Math.max(0.01 * most, Math.min(0.99 * most, y[at] as number));
  };
  const before = Math.abs(ratio(0) - ratio(end)) <= 0.01 ? 1.05 * ratio(0) : ratio(0);
  const fall = Math.log(before - 1) - Math.log(ratio(end) - 1);
  return { k: fall / span, m: (Math.log(before - 1) * span) / fall };
}
