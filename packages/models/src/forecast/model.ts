import { type ComputeFacts, defineModel, type Model } from '../define-model.ts';
import { artefactNames } from '../reuse/artefact-names.ts';
import { DEFAULT_LIMITS, type Limits } from '../settings.ts';
import { normaliseForecast } from './normalise.ts';
import { type ForecastOutput, forecastInput, forecastOutput } from './schema.ts';

const HOUR_MS = 3_600_000;
const NAME = 'forecast';
const VERSION = 2;
const ENGINE = 'augurs-prophet-wasmstan@0.2.0';

/**
 * Forecasts a series with Prophet (Taylor & Letham 2018, "Forecasting at scale",
 * https://peerj.com/preprints/3190/), its procedure and defaults as in the Python package.
 *
 * Equal input gives an equal answer, interval bounds included: they are simulated with a fixed
 * seed. Throws `InputError` from `prepare` for what Prophet could not use, and from `run` when no
 * fit of the series is found; `EngineTrappedError` when the engine broke.
 */
export function createForecastModel(limits: Partial<Limits> = {}): Model {
  const bounds = { ...DEFAULT_LIMITS, ...limits };
  return defineModel({
    name: NAME,
    version: VERSION,
    engine: ENGINE,
    input: forecastInput(bounds),
    output: forecastOutput,
    cache: { freshMs: 24 * HOUR_MS },
    lane: 'long',
    timeoutMs: 120_000,
    normalise: (body) => normaliseForecast(body, bounds),
    modelId: (input) => input.model_id,
    artefacts(input) {
      const { exact, latest } = artefactNames(input);
      return latest === undefined ? [exact] : [latest, exact]; // the small one first
    },
    async compute(input, context) {
      const { computeForecast } = await import('../prophet/forecast.ts');
      return await computeForecast(input, context, bounds);
    },
    members: forecastMembers,
  });
}

function forecastMembers(output: ForecastOutput, { computedAt }: ComputeFacts) {
  return {
    forecast: output.forecast,
    ...(output.components && { components: output.components }),
    model_id: output.model_id,
    generated_at: new Date(computedAt).toISOString(),
    model: { name: NAME, version: VERSION, engine: ENGINE, ...output.model },
    warnings: output.warnings,
  };
}
