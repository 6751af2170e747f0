/** All routes, and the steps that every request passes before and after its route. */
import type { RequestListener } from 'node:http';
import type { Model } from '@deja/models';
import express, { type Express, type Request, type RequestHandler } from 'express';
import { adviceRoute } from './advice/route.ts';
import { auditRoute } from './audit/route.ts';
import { entryRoute } from './cache/entry.ts';
import {
  invalidateKeyRoute,
  invalidateModelIdRoute,
  invalidateRoute,
} from './cache/invalidation.ts';
import { statsRoute } from './cache/stats.ts';
import type { ApiContext } from './context.ts';
import { explainRoute } from './explain/route.ts';
import { historyRoute } from './history/route.ts';
import { adminOnly } from './http/admin-only.ts';
import { createAuthentication } from './http/authentication.ts';
import { readBody } from './http/body.ts';
import { SharedBytes } from './http/byte-budget.ts';
import { corsPolicy } from './http/cors.ts';
import { handleErrors } from './http/errors.ts';
import { hostPolicy } from './http/hosts.ts';
import { refuseOtherModels } from './http/principal.ts';
import { boundReplies } from './http/replies-in-flight.ts';
import { noteArrivals, traceRequests } from './http/request-span.ts';
import { createRouter, type Handlers, nothingAt } from './http/router.ts';
import { cancelRoute } from './jobs/cancel.ts';
import { jobEventsRoute, jobResultRoute, jobRoute } from './jobs/route.ts';
import { createKeyRoute, keysRoute, revokeKeyRoute, rotateKeyRoute } from './keys/route.ts';
import { sessionRoutes } from './keys/session-route.ts';
import { fittedModelsRoute } from './models/fitted-models.ts';
import { modelNamed, modelRoute, modelsRoute } from './models/route.ts';
import { docsRoutes } from './operations/docs.ts';
import { healthRoute, metricsRoute, readyRoute } from './operations/health.ts';
import {
  overviewRoutes,
  receiversRoute,
  scaleRoute,
  workersRoute,
} from './operations/overview-route.ts';
import { pageRoutes } from './operations/page.ts';
import { countRequests, createRequestCounter } from './operations/request-metrics.ts';
import { cancelRunRoute, runRoute, runsRoute } from './operations/runs-route.ts';
import { seriesListRoute, seriesPlotRoute, seriesRoute } from './operations/series-route.ts';
import { batchRoute } from './predictions/batch.ts';
import { crossValidateRoute } from './predictions/cross-validate.ts';
import { type HitPathOptions, hitPath } from './predictions/hit-path.ts';
import { KnownBodies } from './predictions/known-bodies.ts';
import { manyRoute } from './predictions/many.ts';
import { predictRoute } from './predictions/route.ts';
import { deliveriesRoute, jobDeliveriesRoute, redeliverRoute } from './webhooks/route.ts';
import { commonFields } from './wire/reply.ts';

/** Answers requests: repeated questions at once, all others through Express. */
export function createListener(context: ApiContext): RequestListener {
  const shared = sharedBy(context);
  return noteArrivals(hitPath(context, shared, createApp(context, shared)));
}

/** What the HIT path and Express have in common. */
export function sharedBy(context: ApiContext): HitPathOptions {
  const { config, registry } = context;
  return {
    auth: createAuthentication(context),
    bodies: new SharedBytes(config.maxBodiesBytes, config.maxBodyBytes),
    known: new KnownBodies(1 / config.processes),
    requests: createRequestCounter(registry),
  };
}

type ModelOf = (req: Request) => Model;

export function createApp(context: ApiContext, shared: HitPathOptions): Express {
  const { config } = context;
  const { auth, requests } = shared;
  const app = express();
  app.set('trust proxy', config.trustedProxies);
  app.disable('x-powered-by').disable('etag').set('query parser', false);
  app.use((req, res, next) => {
    const fields = commonFields(req.headers);
    for (let at = 0; at < fields.length; at += 2)
      res.setHeader(fields[at] as string, fields[at + 1] as string);
    next();
  });
  app.use(traceRequests(), countRequests(requests), boundReplies(config));
  app.use(hostPolicy(config), corsPolicy(config));
  const operatorsOnly = context.keys ? [] : [adminOnly(context)];
  app.use(createRouter(handlersOf(context, shared), { auth, operatorsOnly }));
  app.use(auth.guard('any'), (req) => {
    throw nothingAt(req);
  });
  app.use(handleErrors(context.log));
  return app;
}

function handlersOf(context: ApiContext, { auth, bodies, known }: HitPathOptions): Handlers {
  const { config, models } = context;
  const body = readBody(config, bodies);
  const builtIn = (name: string) => () => {
    const model = models.get(name);
    if (!model) throw new Error(`the built-in model ${name} is not loaded`);
    return model;
  };
  const named: ModelOf = (req) => modelNamed(req, context);
  const asks =
    (modelOf: ModelOf): RequestHandler =>
    (req, _res, next) => {
      refuseOtherModels(req, modelOf(req).name);
      next();
    };
  const predicts = (modelOf: ModelOf) => [
    asks(modelOf),
    body,
    predictRoute(modelOf, known, context),
  ];
  const many = (modelOf: ModelOf) => [asks(modelOf), manyRoute(modelOf, bodies, context)];
  const { overview, stream } = overviewRoutes(context);
  const docs = docsRoutes(context);
  const page = pageRoutes();
  const session = sessionRoutes(context, auth, bodies);
  return {
    'GET /': page,
    'POST /ui/session': session.open,
    'DELETE /ui/session': session.end,
    'GET /ui{/*file}': page,
    'GET /healthz': healthRoute,
    'GET /readyz': readyRoute(context),

    'POST /forecast': predicts(builtIn('forecast')),
    'POST /forecast/cross-validate': [asks(builtIn('forecast')), body, crossValidateRoute(context)],
    'POST /forecast/many': many(builtIn('forecast')),
    'POST /predict': predicts(builtIn('sentiment')),
    'POST /predict/many': many(builtIn('sentiment')),
    'POST /models/:name/run': predicts(named),
    'POST /models/:name/many': many(named),
    'POST /batch': [body, batchRoute(context)],
    'GET /jobs/:id': jobRoute(context),
    'DELETE /jobs/:id': cancelRoute(context),
    'GET /jobs/:id/events': jobEventsRoute(context),
    'GET /jobs/:id/result': jobResultRoute(context),
    'GET /jobs/:id/deliveries': jobDeliveriesRoute(context),
    'POST /jobs/:id/deliveries/:delivery/redeliver': redeliverRoute(context),

    'GET /models': modelsRoute(context),
    'GET /models/:name': [asks(named), modelRoute(context)],
    'GET /forecast/models/:model_id': fittedModelsRoute(context),
    'GET /cache/stats': statsRoute(context),
    'POST /explain': [body, explainRoute(context)],
    'GET /openapi.json': docs,
    'GET /docs{/*file}': docs,

    'GET /metrics': metricsRoute(context),
    'GET /scale': scaleRoute(context),
    'GET /cache/advice': adviceRoute(context),
    'GET /admin/overview': overview,
    'GET /admin/live': stream,
    'GET /admin/history': historyRoute(context),
    'GET /admin/workers': workersRoute(context),

    'GET /cache/:key': entryRoute(context),
    'DELETE /cache/:key': invalidateKeyRoute(context),
    'DELETE /cache': invalidateRoute(context),
    'POST /invalidate-cache/:model_id': invalidateModelIdRoute(context),

    'GET /admin/runs': runsRoute(context),
    'GET /admin/runs/:run': runRoute(context),
    'POST /admin/runs/:run/cancel': cancelRunRoute(context),
    'GET /admin/series': seriesListRoute(context),
    'GET /admin/series/:model_id': seriesRoute(context),
    'GET /admin/series/:model_id/plot': seriesPlotRoute(context),
    'GET /admin/receivers': receiversRoute(context),
    'GET /admin/deliveries': deliveriesRoute(context),
    'GET /admin/audit': auditRoute(context),
    'GET /admin/keys': keysRoute(context),
    'POST /admin/keys': [body, createKeyRoute(context)],
    'DELETE /admin/keys/:id': revokeKeyRoute(context),
    'POST /admin/keys/:id/rotate': rotateKeyRoute(context),
  };
}
