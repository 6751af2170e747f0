/** `GET /healthz`, `GET /readyz`, `GET /metrics`. */
import type { RequestHandler } from 'express';
import type { ApiContext } from '../context.ts';
import { metricsReader } from '../processes.ts';
import { UNAVAILABLE_RETRY_S } from '../wire/retry-after.ts';
import { registerCacheMetrics } from './cache-metrics.ts';
import { readGlobalFigures, registerGlobalMetrics } from './global-metrics.ts';
import { registerTroubleMetrics } from './trouble-metrics.ts';
import { VERSION, WIRE_VERSION } from './version.ts';

export const healthRoute: RequestHandler = (_req, res) => {
  res.json({ status: 'ok', version: VERSION, wire: WIRE_VERSION });
};

/** Ready: send requests here. Degraded: requests are answered, but a check needs attention. */
export function readyRoute({ health, workers, lower }: ApiContext): RequestHandler {
  return async (_req, res) => {
    const { workers: alive } = await workers.count().catch(() => ({ workers: 0 }));
    const { redis, cacheRedis } = health;
    const checks = {
      redis: stateOf(redis),
      cache_redis: stateOf(cacheRedis),
      disk: lower.disk ? 'ok' : 'off',
      workers: alive,
    };
    // What is undefined is left out of the JSON.
    const reasons = { redis: redis.trouble, cache_redis: cacheRedis.trouble };
    if (health.state !== 'ready')
      return void res
        .status(503)
        .set('Retry-After', String(UNAVAILABLE_RETRY_S))
        .json({ status: health.state, checks, reasons });
    const isWhole = checks.redis === 'ok' && checks.cache_redis === 'ok' && alive > 0;
    res.json({ status: isWhole ? 'ok' : 'degraded', checks, reasons });
  };
}

function stateOf({ isUp, trouble }: ApiContext['health']['redis']): 'ok' | 'failing' | 'down' {
  if (!isUp) return 'down';
  return trouble === undefined ? 'ok' : 'failing';
}

/** The metrics of this process, or of all at its port; with the global ones, if one of these tells them. */
export function metricsRoute(context: ApiContext): RequestHandler {
  const { registry, leases } = context;
  registerCacheMetrics(context);
  registerTroubleMetrics(context);
  registerGlobalMetrics(registry, readGlobalFigures(context), () => leases.figures.isHeld);
  const read = metricsReader(registry);
  return async (_req, res) => {
    res.type(registry.contentType).send(await read());
  };
}
