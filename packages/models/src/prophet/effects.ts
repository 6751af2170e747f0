/** What a fit says about dates: the trend, and the effect of each component. */
import type { Rows } from './answer-rows.ts';
import { featureRows } from './feature-rows.ts';
import type { Block } from './features.ts';
import { floorAt, scaledCap, scaledTime } from './frame.ts';
import { holidayDays } from './holidays.ts';
import { BLOCK_ROWS } from './optimiser/triangle.ts';
import type { ProphetFit } from './prophet-fit.ts';
import { segmentsOf, trendOf } from './trend.ts';

/** Columns over the rows, in the unit of y; multiplicative effects are shares of the trend. */
export interface Effects {
  readonly trend: readonly number[];
  /** The part of the trend that multiplicative effects do not apply to. */
  readonly floor: readonly number[];
  readonly additive: readonly number[];
  readonly multiplicative: readonly number[];
  readonly blocks: readonly { readonly block: Block; readonly values: readonly number[] }[];
}

/** @param rows They may lie anywhere. */
export function effectsAt(fit: ProphetFit, rows: Rows): Effects {
  const { options, frame, parameters } = fit;
  const { growth } = options;
  const floor = floorAt(frame, rows);
  const segments = segmentsOf(growth, parameters, frame.changepoints);
  const t = scaledTime(frame, rows.ds);
  const scaled = trendOf(growth, segments, t, scaledCap(frame, options, rows));
  const blocks = blockEffects(fit, rows);
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

function blockEffects({ options, frame, parameters }: ProphetFit, rows: Rows): Effects['blocks'] {
  const features = featureRows(frame.blocks, rows, holidayDays(options, rows.ds));
  const { width } = features;
  const effects = frame.blocks.map((block) => ({ block, values: [] as number[] }));
  const chunk = new Float64Array(BLOCK_ROWS * width);
  for (let from = 0; from < rows.ds.length; from += BLOCK_ROWS) {
    const count = Math.min(BLOCK_ROWS, rows.ds.length - from);
    features.write(chunk, { offset: 0, stride: width }, from, count);
    let first = 0;
    for (const { block, values } of effects) {
      const unit = block.mode === 'additive' ? frame.yScale : 1;
      for (let i = 0; i < count; i += 1) {
        let effect = 0;
        for (let j = first; j < first + block.width; j += 1)
          effect += (chunk[i * width + j] as number) * (parameters.beta[j] as number);
        values.push(effect * unit);
      }
      first += block.width;
    }
  }
  return effects;
}
