/** Obtains a fit for a series: a kept one if it is good enough, otherwise a new one, which is then kept. */

import { type ComputeContext, SHORT_WORK_MS } from '../define-model.ts';
import { estimateMs } from '../forecast/estimate.ts';
import type { ForecastInput } from '../forecast/input.ts';
import { offsetAt } from '../forecast/offsets.ts';
import type { Series } from '../prophet/answer-rows.ts';
import { fitSeries, type Warning } from '../prophet/fit.ts';
import {
  decodeModel,
  encodeModel,
  type FittedModel,
  type Residuals,
} from '../prophet/fitted-model.ts';
import type { Limits } from '../settings.ts';
import { type ArtefactNames, artefactNames } from './artefact-names.ts';
import type { Artefact, Artefacts } from './artefacts.ts';
import { type Decision, decide } from './decision.ts';
import { decisionNote } from './decision-note.ts';
import { checkForecast, type ForecastCheck } from './forecast-check.ts';
import type { Obtained, Reason } from './obtained.ts';

/** The longest time that an answer by a model of another series is fresh. */
const REUSED_FRESH_MS = 600_000;

/** @param now Epoch ms. */
export async function obtainFit(
  input: ForecastInput,
  series: Series,
  context: ComputeContext,
  { maxModelAgeS, now = Date.now }: Pick<Limits, 'maxModelAgeS'> & { readonly now?: () => number },
): Promise<Obtained> {
  const { artefacts } = context;
  const names = artefactNames(input);
  const maxAgeMs = input.reuse.max_model_age_s * 1000;
  let refused: Decision | undefined;
  let check: ForecastCheck | undefined;
  const noted = (obtained: Obtained, errorTraining?: number): Obtained => {
    // A question that accepts no other series' model is a part of a cross-validation, or like one.
    if (names.latest !== undefined)
      context.note(decisionNote(input, obtained, { check, errorTraining }));
    return obtained;
  };
  for await (const { artefact, model } of candidates(names, artefacts)) {
    const decision = decide(model, series, { now: now(), options: input.reuse });
    check ??= checkForecast(model, series);
    if (decision.is === 'same' || decision.is === 'close') {
      const provisional = decision.is === 'close';
      const leftMs = maxAgeMs - decision.ageMs;
      context.freshFor(provisional ? Math.min(leftMs, REUSED_FRESH_MS) : leftMs, { provisional });
      return noted(kept(model, artefact, decision), model.residuals.rmse);
    }
    artefact.dismiss();
    refused ??= decision;
  }

  if (estimateMs(input) >= SHORT_WORK_MS) {
    context.beginLongWork();
    context.progress(0.05, 'training');
  }
  const startedAt = performance.now();
  const { fit, errors } = fitSeries(series, input.fit);
  const trainingMs = fit.kind === 'prophet' ? performance.now() - startedAt : 0;
  const trainedAt = now();
  context.freshFor(maxAgeMs);
  const residuals = errors && residualsOf(errors, series.y);
  if (fit.kind === 'prophet' && residuals) {
    const model = { fit, series, residuals, trainedAt, trainingMs };
    const keepMs = maxModelAgeS * 1000;
    const bytes = encodeModel(model);
    artefacts.write(names.exact, bytes, { keepMs, facts: factsOf(model, input) });
    if (names.latest !== undefined)
      artefacts.write(names.latest, Buffer.from(names.exact), { keepMs });
  }
  const trained = {
    ...{ fit, series, trainedAt, trainingMs, dataChange: 0 },
    ...({ source: 'trained', cacheHit: 'none', reason: reasonOf(refused) } as const),
    warnings: refused?.is === 'degraded' ? [degradedWarning(refused)] : [],
  };
  return noted(trained, residuals?.rmse);
}

interface Candidate {
  readonly artefact: Artefact;
  readonly model: FittedModel;
}

/**
 * The model of this very series, then the latest of its kind. A model that cannot be restored
 * counts as absent.
 */
async function* candidates(names: ArtefactNames, artefacts: Artefacts): AsyncGenerator<Candidate> {
  const restore = async (name: string): Promise<Candidate | undefined> => {
    const artefact = await artefacts.read(name);
    const model = artefact && decodeModel(artefact.bytes);
    if (artefact && model) return { artefact, model };
    artefact?.dismiss();
    return undefined;
  };
  const exact = await restore(names.exact);
  if (exact) yield exact;
  const pointer = names.latest === undefined ? undefined : await artefacts.read(names.latest);
  if (!pointer) return;
  pointer.dismiss(); // it only says where to look and does not affect the answer
  const name = Buffer.from(pointer.bytes).toString();
  const latest = name === names.exact ? undefined : await restore(name);
  if (latest) yield latest;
}

function kept(
  { fit, series, trainedAt }: FittedModel,
  { tier }: Artefact,
  decision: Extract<Decision, { is: 'same' | 'close' }>,
): Obtained {
  const common = { fit, series, trainedAt, trainingMs: 0, cacheHit: tier };
  if (decision.is === 'same')
    return { ...common, source: 'cached', reason: 'same_series', dataChange: 0, warnings: [] };
  const warnings = [reusedWarning(decision, trainedAt)];
  const dataChange = decision.change.share;
  return { ...common, source: 'reused', reason: 'small_change', dataChange, warnings };
}

function reasonOf(refused: Decision | undefined): Reason {
  if (refused?.is === 'too_old') return 'model_too_old';
  if (refused?.is === 'changed') return 'data_changed';
  return refused?.is === 'degraded' ? 'model_degraded' : 'no_model';
}

function residualsOf(errors: Float64Array, y: readonly number[]): Residuals {
  const sizes = errors.map(Math.abs).sort();
  const steps = Float64Array.from(
    { length: y.length - 1 },
    (_, at) => (y[at + 1] as number) - (y[at] as number),
  );
  return {
    rmse: rootMeanSquare(errors),
    band: sizes[Math.ceil(0.8 * sizes.length) - 1] as number,
    step: rootMeanSquare(steps),
  };
}

function rootMeanSquare(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

/** The facts that the list of a `model_id` shows. */
function factsOf({ series, residuals, trainedAt, trainingMs }: FittedModel, input: ForecastInput) {
  const iso = (local: number) =>
    new Date((local - offsetAt(input.offsets, local)) * 1000).toISOString();
  return {
    trained_at: new Date(trainedAt).toISOString(),
    training_time_ms: Math.round(trainingMs * 10) / 10,
    points: series.ds.length,
    from: iso(series.ds[0] as number),
    through: iso(series.ds.at(-1) as number),
    freq: input.freq,
    rmse: residuals.rmse,
    options: input.fit,
  };
}

function reusedWarning(
  { change, ageMs }: Extract<Decision, { is: 'close' }>,
  trainedAt: number,
): Warning {
  const { added, altered, removed } = change;
  const counts = `${added.length} added, ${altered.length} altered, ${removed} removed`;
  const message =
    `${percent(change.share)} of the points have changed (${counts}) since the model was trained, ` +
    `${ago(ageMs)} ago (${new Date(trainedAt).toISOString()}); one is being trained on these`;
  return { code: 'model_reused', message };
}

function degradedWarning({ degradation }: Extract<Decision, { is: 'degraded' }>): Warning {
  const { errorRatio, coverage } = degradation;
  const message =
    `the model kept for this series misses the new points by ${errorRatio.toFixed(1)} times its usual ` +
    `error, ${percent(coverage)} of them are where 80 % should be: a new one was trained`;
  return { code: 'model_degraded', message };
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

function ago(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(seconds / 3600)} h`;
}
