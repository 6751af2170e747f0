import { Counter, Gauge } from '@deja/runtime';
import type { RequestHandler } from 'express';
import type { ApiContext } from '../context.ts';

/** Counts requests by route, status and X-Cache. Gauges of the cache are read on each scrape. */
export function measureRequests({ registry, memory, waiter }: ApiContext): RequestHandler {
  const requests = new Counter({
    name: 'deja_http_requests_total',
    help: 'Answered requests',
    labelNames: ['method', 'route', 'status', 'x_cache'],
    registers: [registry],
  });
  new Gauge({
    name: 'deja_memory_tier_bytes',
    help: 'Bytes that the memory tier holds, overhead included',
    registers: [registry],
    async collect() {
      this.set((await memory.usage()).bytes);
    },
  });
  new Gauge({
    name: 'deja_waiting_requests',
    help: 'Requests that wait for a job',
    registers: [registry],
    collect() {
      this.set(waiter.waits);
    },
  });
  new Gauge({
    name: 'deja_event_streams',
    help: 'Event streams that are open',
    registers: [registry],
    collect() {
      this.set(waiter.streams);
    },
  });
  return (req, res, next) => {
    res.once('finish', () => {
      const route = typeof req.route?.path === 'string' ? req.route.path : 'none';
      const labels = { method: req.method, route, status: res.statusCode };
      requests.inc({ ...labels, x_cache: String(res.get('X-Cache') ?? 'none') });
    });
    next();
  };
}
