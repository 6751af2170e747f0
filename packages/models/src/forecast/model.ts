import { type ComputeFacts, defineModel, type Model } from '../define-model.ts';
import { artefactNames } from '../reuse/artefact-names.ts';
import { DEFAULT_LIMITS, type Limits } from '../settings.ts';
import { estimateMs } from './estimate.ts';
import { normaliseForecast } from './normalise.ts';
import { forecastOptions } from './options-schema.ts';
import { forecastParts, forecastSeriesDifference, optionPaths } from './parts.ts';
import {
  type ForecastAnswer,
  type ForecastOutput,
  forecastInput,
  forecastOutput,
} from './schema.ts';

const HOUR_MS = 3_600_000;
const NAME = 'forecast';
const VERSION = 4;
const ENGINE = 'deja-prophet@1';

/**
 * The model `forecast`: forecasts a series with Prophet (Taylor & Letham 2018, "Forecasting at
 * scale", https://peerj.com/preprints/3190/), with the procedure and defaults of the Python
 * package.
 *
 * Equal input gives an equal answer, interval bounds included. `prepare` throws `InputError` for an
 * input that Prophet cannot use, and `run` if it finds no fit of the series.
 */
export function createForecastModel(limits: Partial<Limits> = {}): Model {
  const bounds = { ...DEFAULT_LIMITS, ...limits };
  const defaults = forecastOptions(bounds).parse({});
  const atDefaults = optionPaths(defaults);
  return defineModel({
    name: NAME,
    version: VERSION,
    engine: ENGINE,
    input: forecastInput(bounds),
    output: forecastOutput,
    cache: { freshMs: 24 * HOUR_MS },
    scope: 'tenant',
    lane: 'long',
    estimateMs,
    timeoutMs: 120_000,
    normalise: (body) => normaliseForecast(body, bounds),
    modelId: (input) => input.model_id,
    group: (input) => input.model_id,
    artefacts(input) {
      const { exact, latest } = artefactNames(input);
      return latest === undefined ? [exact] : [latest, exact]; // the small artefact first
    },
    asked: ({ options }) => options,
    parts: (prepared) => forecastParts(prepared, defaults, atDefaults),
    seriesDifference: forecastSeriesDifference,
    async compute(input, context) {
      const { computeForecast } = await import('../prophet/forecast.ts');
      return await computeForecast(input, context, bounds);
    },
    members: forecastMembers,
  });
}

function forecastMembers(output: ForecastOutput, { computedAt }: ComputeFacts): ForecastAnswer {
  return {
    forecast: output.forecast,
    ...(output.components && { components: output.components }),
    model_id: output.model_id,
    generated_at: new Date(computedAt).toISOString(),
    model: { name: NAME, version: VERSION, engine: ENGINE, ...output.model },
    warnings: output.warnings,
  };
}
