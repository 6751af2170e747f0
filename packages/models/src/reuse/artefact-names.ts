import { createHash } from 'node:crypto';
import type { ForecastInput } from '../forecast/input.ts';
import { seriesOf } from '../prophet/series.ts';

/** The names under which a fitted model is kept. */
export interface ArtefactNames {
  /** The fit of exactly this series with these options, whatever the horizon. */
  readonly exact: string;
  /**
   * The artefact of this name holds the exact name of the latest fit of this `model_id`, options
   * and frequency. Undefined for a question that accepts no other series' model: it neither looks
   * for one nor keeps its own here, so that cutoffs of a cross-validation never become the latest
   * model.
   */
  readonly latest: string | undefined;
}

export function artefactNames(input: ForecastInput): ArtefactNames {
  const { model_id, freq, fit, reuse } = input;
  const { ds, y, extra } = seriesOf(input);
  const exact = createHash('sha256').update(JSON.stringify([model_id, fit, ds.length]));
  for (const column of [ds, y]) exact.update(Float64Array.from(column));
  for (const name of Object.keys(extra).sort())
    exact.update(JSON.stringify(name)).update(Float64Array.from(extra[name] ?? []));
  const latest = createHash('sha256').update(JSON.stringify([model_id, fit, freq]));
  return {
    exact: `exact:${exact.digest('hex')}`,
    latest: reuse.max_data_change > 0 ? `latest:${latest.digest('hex')}` : undefined,
  };
}
