/**
 * Loads the models of a process: the two built-in ones, and those of the modules in `DEJA_MODELS`.
 *
 * API and workers call this with the same settings and so agree on every model. A module's default
 * export is a model, or a function that gets what it needs to make one and returns a model, several
 * models, or a promise of either. With a function, the file can lie anywhere and needs no install.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { commandModel } from './adapters/command-model.ts';
import { httpModel } from './adapters/http-model.ts';
import { checkModel } from './check-model.ts';
import { defineModel, type Model } from './define-model.ts';
import { InputError, ModelLoadError, RetryableError } from './errors.ts';
import { createForecastModel } from './forecast/model.ts';
import type { SentimentEngine } from './sentiment/engine.ts';
import { createSentimentModel } from './sentiment/model.ts';
import type { Limits } from './settings.ts';

/** The argument of a module's function. */
export interface ModelKit {
  readonly defineModel: typeof defineModel;
  readonly commandModel: typeof commandModel;
  readonly httpModel: typeof httpModel;
  readonly z: typeof z;
  readonly InputError: typeof InputError;
  readonly RetryableError: typeof RetryableError;
}

export interface LoadModelsOptions {
  /** Relative ones from `cwd`. Default: none. */
  readonly modulePaths?: readonly string[];
  readonly cwd: string;
  /** The limits of the built-in models. Default: `DEFAULT_LIMITS`. */
  readonly limits?: Partial<Limits>;
  /** The engine that computes sentiments. Default: wink. */
  readonly sentiment?: SentimentEngine;
  /** `false` makes the scope of every model `tenant`. Default: true. */
  readonly sharesAnswers?: boolean;
}

const KIT: ModelKit = Object.freeze({
  defineModel,
  commandModel,
  httpModel,
  z,
  InputError,
  RetryableError,
});

/** The models by name. Throws `ModelLoadError`, which names the module; then no model is registered. */
export async function loadModels(options: LoadModelsOptions): Promise<ReadonlyMap<string, Model>> {
  const { limits, sentiment } = options;
  const builtIn = [createForecastModel(limits), createSentimentModel(limits, sentiment)];
  const models = new Map(builtIn.map((model) => [model.name, model]));
  for (const path of options.modulePaths ?? []) {
    for (const model of await loadModule(path, options.cwd)) {
      if (models.has(model.name))
        throw new ModelLoadError(`${path}: a model named "${model.name}" exists already`);
      models.set(model.name, model);
    }
  }
  if (options.sharesAnswers ?? true) return models;
  return new Map([...models].map(([name, model]) => [name, { ...model, scope: 'tenant' }]));
}

/**
 * Refuses models that cannot keep tenants apart: artefacts are found by a name, so a model with
 * artefacts shares no answers, and says what each is about. Throws `ModelLoadError`.
 */
export function checkForTenants(models: ReadonlyMap<string, Model>): void {
  for (const { name, scope, artefacts, group } of models.values()) {
    if (!artefacts || (scope === 'tenant' && group)) continue;
    const need = scope === 'tenant' ? 'a `group`' : "`scope: 'tenant'`";
    throw new ModelLoadError(`model "${name}": with artefacts and API keys it needs ${need}`);
  }
}

async function loadModule(path: string, cwd: string): Promise<Model[]> {
  const { href } = pathToFileURL(resolve(cwd, path));
  let made: unknown;
  try {
    const module: { default?: unknown } = await import(href);
    made = module.default;
    if (typeof made === 'function') made = await made(KIT);
  } catch (cause) {
    throw refusal(path, cause);
  }
  if (made === undefined)
    throw new ModelLoadError(`${path}: no model: its default export is missing or gave nothing`);
  const list: unknown[] = Array.isArray(made) ? made : [made];
  const odd = list.find((value) => !isModel(value));
  if (list.length === 0 || odd !== undefined)
    throw new ModelLoadError(`${path}: its default export gave no model made by defineModel`);
  try {
    for (const model of list as Model[]) checkModel(model);
  } catch (cause) {
    throw refusal(path, cause);
  }
  return list as Model[];
}

function refusal(path: string, cause: unknown): ModelLoadError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ModelLoadError(`${path}: ${reason}`, { cause });
}

// Recognised by its shape, because another copy or version of this package may have made it.
function isModel(value: unknown): value is Model {
  if (typeof value !== 'object' || value === null) return false;
  const { name, version, input, output, timeoutMs, prepare, run, cache } = value as Partial<Model>;
  return (
    typeof name === 'string' &&
    typeof version === 'number' &&
    typeof timeoutMs === 'number' &&
    typeof input === 'object' &&
    typeof output === 'object' &&
    (cache === false || typeof cache === 'object') &&
    typeof prepare === 'function' &&
    typeof run === 'function'
  );
}
