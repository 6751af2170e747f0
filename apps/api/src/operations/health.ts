/** `GET /healthz`, `GET /readyz`, `GET /metrics`. */
import type { RequestHandler } from 'express';
import type { ApiContext } from '../context.ts';
import { queueMetricsText } from './queue-metrics.ts';

export const healthRoute: RequestHandler = (_req, res) => {
  res.json({ status: 'ok' });
};

/** Ready: send requests here. Degraded: requests are answered, but a check needs attention. */
export function readyRoute({ health, workers, lower }: ApiContext): RequestHandler {
  return async (_req, res) => {
    const { workers: alive } = await workers.count().catch(() => ({ workers: 0 }));
    const checks = {
      redis: health.redisUp() ? 'ok' : 'down',
      cache_redis: health.cacheRedisUp() ? 'ok' : 'down',
      disk: lower.disk ? 'ok' : 'off',
      workers: alive,
    };
    if (health.state !== 'ready')
      return void res.status(503).set('Retry-After', '1').json({ status: health.state, checks });
    const isWhole = checks.redis === 'ok' && checks.cache_redis === 'ok' && alive > 0;
    res.json({ status: isWhole ? 'ok' : 'degraded', checks });
  };
}

/** The metrics of this process, and those of the queue if it can be reached. */
export function metricsRoute(context: ApiContext): RequestHandler {
  const { registry, figures, workers, deliveries, counters } = context;
  const readAll = () =>
    Promise.all([figures.queues(), workers.count(), deliveries.readOutbox(), counters.read()]);
  return async (_req, res) => {
    const own = await registry.metrics();
    const queue = await readAll().then(
      ([queues, alive, outbox, { totals }]) =>
        queueMetricsText({ queues, ...alive, outbox, totals }),
      () => '',
    );
    res.type(registry.contentType).send(own + queue);
  };
}
