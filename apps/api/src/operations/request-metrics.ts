import { Counter, Gauge, type Registry } from '@deja/runtime';
import type { RequestHandler } from 'express';
import type { ApiContext } from '../context.ts';

/** Answered requests by route, status and X-Cache. */
export interface RequestCounter {
  count(labels: Readonly<Record<'method' | 'route' | 'status' | 'x_cache', string>>): void;
  /** A POST that the HIT path answered with 200: a number, until somebody scrapes it. */
  countHit(route: string): void;
}

export function createRequestCounter(registry: Registry): RequestCounter {
  const hits = new Map<string, number>();
  const requests = new Counter({
    name: 'deja_http_requests_total',
    help: 'Answered requests',
    labelNames: ['method', 'route', 'status', 'x_cache'],
    registers: [registry],
    collect() {
      for (const [route, count] of hits)
        this.inc({ method: 'POST', route, status: '200', x_cache: 'HIT' }, count);
      hits.clear();
    },
  });
  return {
    count: (labels) => requests.inc(labels),
    countHit: (route) => void hits.set(route, (hits.get(route) ?? 0) + 1),
  };
}

export function countRequests(requests: RequestCounter): RequestHandler {
  return (req, res, next) => {
    res.once('finish', () => {
      const route = typeof req.route?.path === 'string' ? req.route.path : 'none';
      const x_cache = String(res.get('X-Cache') ?? 'none');
      requests.count({ method: req.method, route, status: String(res.statusCode), x_cache });
    });
    next();
  };
}

/** Gauges of this process, read on each scrape. */
export function measureProcess({ registry, memory, waiter }: ApiContext): void {
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
}
