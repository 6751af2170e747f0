import { createHash } from 'node:crypto';
import { seriesOf } from '../compute/series.ts';
import type { ForecastInput } from './normalise.ts';

/** Under which names a fitted model is kept. */
export interface ArtefactNames {
  /** The fit of exactly this series with these options, whatever the horizon. */
  readonly exact: string;
  /** The exact name of the fit that was made last for this `model_id`, options and frequency. */
  readonly latest: string;
}

export function artefactNames(input: ForecastInput): ArtefactNames {
  const { model_id, freq, fit } = input;
  const { ds, y, extra } = seriesOf(input);
  const exact = createHash('sha256').update(JSON.stringify([model_id, fit, ds.length]));
  for (const column of [ds, y]) exact.update(Float64Array.from(column));
  for (const name of Object.keys(extra).sort())
    exact.update(JSON.stringify(name)).update(Float64Array.from(extra[name] ?? []));
  const latest = createHash('sha256').update(JSON.stringify([model_id, fit, freq]));
  return { exact: `exact:${exact.digest('hex')}`, latest: `latest:${latest.digest('hex')}` };
}
