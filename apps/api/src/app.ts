/** All routes, and the steps that every request passes before and after its route. */
import type { RequestListener } from 'node:http';
import express, { type Express, type RequestHandler, Router } from 'express';
import { adviceRoute } from './advice/route.ts';
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
import { authentication } from './http/authentication.ts';
import { readBody } from './http/body.ts';
import { ByteBudget } from './http/byte-budget.ts';
import { corsPolicy } from './http/cors.ts';
import { handleErrors } from './http/errors.ts';
import { hostPolicy } from './http/hosts.ts';
import { boundReplies } from './http/replies-in-flight.ts';
import { noteArrivals, traceRequests } from './http/request-span.ts';
import { cancelRoute } from './jobs/cancel.ts';
import { jobEventsRoute, jobResultRoute, jobRoute } from './jobs/route.ts';
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
import { ProblemError } from './wire/problem.ts';
import { commonFields } from './wire/reply.ts';

type Methods = Partial<Record<'get' | 'post' | 'delete', RequestHandler | RequestHandler[]>>;

/** Answers requests: repeated questions at once, all others through Express. */
export function createListener(context: ApiContext): RequestListener {
  const shared = sharedBy(context);
  return noteArrivals(hitPath(context, shared, createApp(context, shared)));
}

/** What the HIT path and Express have in common. */
export function sharedBy({ config, registry }: ApiContext): HitPathOptions {
  return {
    bodies: new ByteBudget(config.maxBodiesBytes),
    known: new KnownBodies(1 / config.processes),
    requests: createRequestCounter(registry),
  };
}

export function createApp(context: ApiContext, shared: HitPathOptions): Express {
  const { config, models } = context;
  const { bodies, known, requests } = shared;
  const operatorsOnly = adminOnly(context);
  const body = readBody(config, bodies);
  const many = (modelOf: Parameters<typeof manyRoute>[0]) => manyRoute(modelOf, bodies, context);
  const builtIn = (name: string) => () => {
    const model = models.get(name);
    if (!model) throw new Error(`the built-in model ${name} is not loaded`);
    return model;
  };
  const predicts = (modelOf: Parameters<typeof predictRoute>[0]) => [
    body,
    predictRoute(modelOf, known, context),
  ];

  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', false);
  app.use((req, res, next) => {
    const fields = commonFields(req.headers);
    for (let at = 0; at < fields.length; at += 2)
      res.setHeader(fields[at] as string, fields[at + 1] as string);
    next();
  });
  app.use(traceRequests(), countRequests(requests), boundReplies(config));
  app.use(hostPolicy(config), corsPolicy(config), authentication(config));

  const router = Router({ caseSensitive: true });
  const at = (path: string, methods: Methods) => {
    const allow = Object.keys(methods).map((method) => method.toUpperCase());
    const route = router.route(path);
    if (methods.get) route.get(methods.get);
    if (methods.post) route.post(methods.post);
    if (methods.delete) route.delete(methods.delete);
    route.all((req) => {
      const headers = { Allow: allow.join(', ').replace('GET', 'GET, HEAD') };
      throw new ProblemError('method-not-allowed', `${req.method} ${req.path}`, { headers });
    });
  };
  at('/forecast/models/:model_id', { get: fittedModelsRoute(context) });
  at('/forecast', { post: predicts(builtIn('forecast')) });
  at('/forecast/cross-validate', {
    post: [body, crossValidateRoute(context)],
  });
  at('/forecast/many', { post: many(builtIn('forecast')) });
  at('/predict/many', { post: many(builtIn('sentiment')) });
  at('/predict', { post: predicts(builtIn('sentiment')) });
  at('/models', { get: modelsRoute(context) });
  at('/models/:name', { get: modelRoute(context) });
  at('/models/:name/run', { post: predicts((req) => modelNamed(req, context)) });
  at('/models/:name/many', { post: many((req) => modelNamed(req, context)) });
  at('/batch', { post: [body, batchRoute(context)] });
  at('/jobs/:id', { get: jobRoute(context), delete: cancelRoute(context) });
  at('/jobs/:id/events', { get: jobEventsRoute(context) });
  at('/jobs/:id/result', { get: jobResultRoute(context) });
  at('/jobs/:id/deliveries', { get: jobDeliveriesRoute(context) });
  at('/jobs/:id/deliveries/:delivery/redeliver', { post: redeliverRoute(context) });
  const { overview, stream } = overviewRoutes(context);
  at('/admin/overview', { get: [operatorsOnly, overview] });
  at('/admin/live', { get: [operatorsOnly, stream] });
  at('/admin/workers', { get: [operatorsOnly, workersRoute(context)] });
  at('/admin/receivers', { get: [operatorsOnly, receiversRoute(context)] });
  at('/admin/runs', { get: [operatorsOnly, runsRoute(context)] });
  at('/admin/runs/:run', { get: [operatorsOnly, runRoute(context)] });
  at('/admin/runs/:run/cancel', { post: [operatorsOnly, cancelRunRoute(context)] });
  at('/admin/series', { get: [operatorsOnly, seriesListRoute(context)] });
  at('/admin/series/:model_id', { get: [operatorsOnly, seriesRoute(context)] });
  at('/admin/series/:model_id/plot', { get: [operatorsOnly, seriesPlotRoute(context)] });
  at('/scale', { get: [operatorsOnly, scaleRoute(context)] });
  at('/admin/history', { get: [operatorsOnly, historyRoute(context)] });
  at('/admin/deliveries', { get: [operatorsOnly, deliveriesRoute(context)] });
  at('/cache/stats', { get: statsRoute(context) });
  at('/cache/advice', { get: adviceRoute(context) });
  at('/explain', { post: [body, explainRoute(context)] });
  at('/cache/:key', {
    get: entryRoute(context),
    delete: invalidateKeyRoute(context),
  });
  at('/cache', { delete: invalidateRoute(context) });
  at('/invalidate-cache/:model_id', {
    post: invalidateModelIdRoute(context),
  });
  at('/healthz', { get: healthRoute });
  at('/readyz', { get: readyRoute(context) });
  at('/metrics', { get: metricsRoute(context) });
  app.use(docsRoutes(context), pageRoutes());
  app.use(router);
  app.use((req) => {
    throw new ProblemError('not-found', `no route ${req.path}`);
  });
  app.use(handleErrors(context.log));
  return app;
}
