/** `GET /models`, `GET /models/{name}`: describes models, with live figures. */
import type { ModelFigures, WorkerModel } from '@deja/jobs';
import type { Principal } from '@deja/keys';
import type { Model } from '@deja/models';
import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import { countersFor, presentCounts } from '../cache/figures.ts';
import { requestTotals } from '../cache/request-counts.ts';
import type { ApiContext } from '../context.ts';
import { requestDeadline, withDeadline } from '../http/deadline.ts';
import { mayAsk, principalOf } from '../http/principal.ts';
import { ProblemError } from '../wire/problem.ts';

export function modelsRoute(context: ApiContext): RequestHandler {
  const described = descriptionsOf(context);
  return async (req, res) => {
    const live = await readLive(context, principalOf(req));
    const allowed = [...described].filter(([{ name }]) => mayAsk(principalOf(req), name));
    res.json({
      models: allowed.map(([model, description]) => ({
        ...description,
        ...(live && { live: live(model) }),
      })),
    });
  };
}

export function modelRoute(context: ApiContext): RequestHandler {
  const described = descriptionsOf(context);
  return async (req, res) => {
    const model = modelNamed(req, context);
    const live = await readLive(context, principalOf(req));
    res.json({ ...described.get(model), ...(live && { live: live(model) }) });
  };
}

/** Made once: the schema of a large model takes milliseconds. */
function descriptionsOf({ models, config }: ApiContext) {
  return new Map([...models.values()].map((model) => [model, describe(model, config.cacheTtlMs)]));
}

export function modelNamed(req: Request, { models }: ApiContext): Model {
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
    per_slot: model.perSlot ?? 1,
    cache: cache && {
      fresh_ms: cache.freshMs ?? defaultTtlMs,
      stale_ms: cache.staleMs,
      stale_if_error_ms: cache.staleIfErrorMs,
      ...(cache.eagerRefresh !== undefined && { eager_refresh: cache.eagerRefresh }),
    },
    input: jsonSchemaOf(model.input, 'input'),
    output: jsonSchemaOf(model.output, 'output'),
    urls: { run: `/models/${name}/run` },
  };
}

/** Types that JSON Schema cannot express become `{}`, and so do schemas that are not zod's. */
function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  try {
    return z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  } catch {
    return {};
  }
}

const IDLE: ModelFigures = { waiting: 0, computed: 0, usualMs: undefined };

/**
 * Figures over all replicas and workers; undefined while the queue Redis is unavailable. What the cache did is
 * told as in `GET /cache/stats`: of the tenant that asks, to an admin of all.
 */
async function readLive(context: ApiContext, principal: Principal) {
  const { figures, workers } = context;
  const deadline = requestDeadline();
  const counters = countersFor(principal, context);
  const reading = Promise.all([figures.models(), workers.models(), counters.read()]);
  const read = await withDeadline(deadline, reading).catch(() => undefined);
  if (!read) return undefined;
  const [byModel, ofWorkers, { totals }] = read;
  const requests = requestTotals(totals);
  return (model: Model) => {
    const { waiting, computed, usualMs } = byModel.get(model.name) ?? IDLE;
    return {
      queued: waiting,
      running: computed,
      ...(usualMs !== undefined && { usual_ms: Math.round(usualMs) }),
      ...presentCounts(requests.get(model.name)),
      workers: ofWorkers.filter((has) => has.some((other) => isSame(other, model))).length,
      // During a rollout: these workers compute no run of this API.
      workers_of_other_versions: ofWorkers.filter((has) =>
        has.some((other) => other.name === model.name && !isSame(other, model)),
      ).length,
    };
  };
}

function isSame(one: WorkerModel, other: Model): boolean {
  return one.name === other.name && one.version === other.version && one.engine === other.engine;
}
