export { type CommandModelDefinition, commandModel } from './adapters/command-model.ts';
export { type HttpModelDefinition, httpModel } from './adapters/http-model.ts';
export { createLineReader, type LineReader } from './adapters/line-reader.ts';
export { MAX_REPLY_BYTES } from './adapters/reply.ts';
export { type CrossValidation, createCrossValidation } from './cross-validation/plan.ts';
export { crossValidationOutput } from './cross-validation/schema.ts';
export {
  type CachePolicy,
  type ComputeContext,
  type ComputeFacts,
  defineModel,
  type Lane,
  type Model,
  type ModelDefinition,
} from './define-model.ts';
export {
  CommandFailedError,
  EngineMissingError,
  InputError,
  type InputIssue,
  ModelLoadError,
  type ModelsError,
  RetryableError,
  TakesLongError,
} from './errors.ts';
export { createForecastModel } from './forecast/model.ts';
export { forecastAnswer } from './forecast/schema.ts';
export { issuesOf } from './issues.ts';
export {
  checkForTenants,
  type LoadModelsOptions,
  loadModels,
  type ModelKit,
} from './load-models.ts';
export {
  type PreparedInput,
  partsOfAny,
  type QuestionParts,
  type SeriesDifference,
} from './question-parts.ts';
export type { Artefact, Artefacts, KeepOptions } from './reuse/artefacts.ts';
export type { SentimentEngine } from './sentiment/engine.ts';
export { createSentimentModel, sentimentAnswer } from './sentiment/model.ts';
export { DEFAULT_LIMITS, type Limits } from './settings.ts';
