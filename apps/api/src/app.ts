/** The routes, and what every request passes through before and after them. */
import express, { type Express, type RequestHandler, Router } from 'express';
import { adminOnly } from './admin.ts';
import { Asker } from './ask.ts';
import { rawBody } from './body.ts';
import { bullBoardRoutes } from './bull-board.ts';
import type { ApiDependencies } from './dependencies.ts';
import { docsRoutes } from './docs.ts';
import { handleErrors } from './handle-errors.ts';
import { measureRequests } from './measure.ts';
import { originPolicy } from './origin.ts';
import { ProblemError } from './problem.ts';
import { requestIdOf } from './request-id.ts';
import { askRoute } from './routes/ask.ts';
import { batchRoute } from './routes/batch.ts';
import {
  deleteCacheRoute,
  deleteEntryRoute,
  entryRoute,
  invalidateModelIdRoute,
  statsRoute,
} from './routes/cache.ts';
import { crossValidateRoute } from './routes/cross-validate.ts';
import { deliveriesRoute, jobDeliveriesRoute, redeliverRoute } from './routes/deliveries.ts';
import { fittedModelsRoute } from './routes/fitted-models.ts';
import { cancelRoute, jobEventsRoute, jobResultRoute, jobRoute } from './routes/jobs.ts';
import { modelNamed, modelRoute, modelsRoute } from './routes/models.ts';
import { healthRoute, metricsRoute, readyRoute } from './routes/service.ts';

type Methods = Partial<Record<'get' | 'post' | 'delete', RequestHandler | RequestHandler[]>>;

export function createApp(dependencies: ApiDependencies): Express {
  const { config, models } = dependencies;
  const asker = new Asker(dependencies);
  const body = rawBody(config.maxBodyBytes);
  const builtIn = (name: string) => () => {
    const model = models.get(name);
    if (!model) throw new Error(`the built-in model ${name} is not loaded`);
    return model;
  };
  const asks = (modelOf: Parameters<typeof askRoute>[0]) => [
    ...body,
    askRoute(modelOf, asker, dependencies),
  ];

  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', false);
  app.use((req, res, next) => {
    res.set({
      'X-Request-Id': requestIdOf(req.get('x-request-id')),
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    });
    next();
  });
  app.use(measureRequests(dependencies));
  app.use(originPolicy(config.corsOrigins));

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
  at('/forecast/models/:model_id', { get: fittedModelsRoute(dependencies) });
  at('/forecast', { post: asks(builtIn('forecast')) });
  at('/forecast/cross-validate', {
    post: [...body, crossValidateRoute(asker, dependencies)],
  });
  at('/predict', { post: asks(builtIn('sentiment')) });
  at('/models', { get: modelsRoute(dependencies) });
  at('/models/:name', { get: modelRoute(dependencies) });
  at('/models/:name/run', { post: asks((req) => modelNamed(req, dependencies)) });
  at('/batch', { post: [...body, batchRoute(asker, dependencies)] });
  at('/jobs/:id', { get: jobRoute(dependencies), delete: cancelRoute(dependencies) });
  at('/jobs/:id/events', { get: jobEventsRoute(dependencies) });
  at('/jobs/:id/result', { get: jobResultRoute(dependencies) });
  at('/jobs/:id/deliveries', { get: jobDeliveriesRoute(dependencies) });
  at('/jobs/:id/deliveries/:delivery/redeliver', { post: redeliverRoute(dependencies) });
  at('/admin/deliveries', { get: [adminOnly(config), deliveriesRoute(dependencies)] });
  at('/cache/stats', { get: statsRoute(dependencies) });
  at('/cache/:key', {
    get: entryRoute(dependencies),
    delete: deleteEntryRoute(dependencies),
  });
  at('/cache', { delete: deleteCacheRoute(dependencies) });
  at('/invalidate-cache/:model_id', {
    post: invalidateModelIdRoute(dependencies),
  });
  at('/healthz', { get: healthRoute });
  at('/readyz', { get: readyRoute(dependencies) });
  at('/metrics', { get: metricsRoute(dependencies) });
  app.use(docsRoutes(dependencies));
  app.use(bullBoardRoutes(dependencies));
  app.use(router);
  app.use((req) => {
    throw new ProblemError('not-found', `no route ${req.path}`);
  });
  app.use(handleErrors(dependencies.log));
  return app;
}
