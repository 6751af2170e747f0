/** `GET /healthz`, `GET /readyz`, `GET /metrics`. */
import type { RequestHandler } from 'express';
import type { ApiContext } from '../context.ts';
import { UNAVAILABLE_RETRY_S } from '../wire/retry-after.ts';
import { readQueueMetrics, registerQueueMetrics } from './queue-metrics.ts';
import { VERSION, WIRE_VERSION } from './version.ts';

export const healthRoute: RequestHandler = (_req, res) => {
  res.json({ status: 'ok', version: VERSION, wire: WIRE_VERSION });
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
      return void res
        .status(503)
        .set('Retry-After', String(UNAVAILABLE_RETRY_S))
        .json({ status: health.state, checks });
    const isWhole = checks.redis === 'ok' && checks.cache_redis === 'ok' && alive > 0;
    res.json({ status: isWhole ? 'ok' : 'degraded', checks });
  };
}

/** The metrics of this process, and those of the queue if it can be reached. */
export function metricsRoute(context: ApiContext): RequestHandler {
  const { registry } = context;
  registerQueueMetrics(registry, readQueueMetrics(context));
  return async (_req, res) => {
    res.type(registry.contentType).send(await registry.metrics());
  };
}
