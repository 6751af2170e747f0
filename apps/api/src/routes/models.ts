/** `GET /models`, `GET /models/{name}`. */
import type { Model } from '@deja/models';
import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import type { ApiDependencies } from '../dependencies.ts';
import { ProblemError } from '../problem.ts';

export function modelsRoute({ models, config }: ApiDependencies): RequestHandler {
  return (_req, res) => {
    res.json({ models: [...models.values()].map((model) => describe(model, config.cacheTtlMs)) });
  };
}

export function modelRoute(dependencies: ApiDependencies): RequestHandler {
  return (req, res) => {
    res.json(describe(modelNamed(req, dependencies), dependencies.config.cacheTtlMs));
  };
}

export function modelNamed(req: Request, { models }: ApiDependencies): Model {
  const name = String(req.params.name);
  const model = models.get(name);
  if (!model) throw new ProblemError('not-found', `no model ${JSON.stringify(name)}`);
  return model;
}

function describe(model: Model, defaultTtlMs: number) {
  const { name, version, engine, lane, scope, timeoutMs, maxQueueMs, cache } = model;
  return {
    name,
    version,
    ...(engine !== undefined && { engine }),
    lane,
    scope,
    timeout_ms: timeoutMs,
    ...(maxQueueMs !== undefined && { max_queue_ms: maxQueueMs }),
    cache: cache && {
      fresh_ms: cache.freshMs ?? defaultTtlMs,
      stale_ms: cache.staleMs,
      stale_if_error_ms: cache.staleIfErrorMs,
      ...(cache.eagerRefresh !== undefined && { eager_refresh: cache.eagerRefresh }),
    },
    input: z.toJSONSchema(model.input, { io: 'input' }),
    output: z.toJSONSchema(model.output, { io: 'output' }),
    urls: { run: `/models/${name}/run` },
  };
}
