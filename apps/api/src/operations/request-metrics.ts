import type { Count } from '@deja/cache-core';
import { Counter, type Registry } from '@deja/runtime';
import type { RequestHandler } from 'express';

/** Answered requests by route, status and X-Cache. */
export interface RequestCounter {
  count(labels: Readonly<Record<'method' | 'route' | 'status' | 'x_cache', string>>): void;
  /** The count of the route's POSTs that the HIT path answered: a number until somebody scrapes it. */
  hits(route: string): Count;
}

export function createRequestCounter(registry: Registry): RequestCounter {
  const hits = new Map<string, Count>();
  const requests = new Counter({
    name: 'deja_http_requests_total',
    help: 'Answered requests',
    labelNames: ['method', 'route', 'status', 'x_cache'],
    registers: [registry],
    collect() {
      for (const [route, count] of hits) {
        this.inc({ method: 'POST', route, status: '200', x_cache: 'HIT' }, count.n);
        count.n = 0;
      }
    },
  });
  return {
    count: (labels) => requests.inc(labels),
    hits(route) {
      const count = hits.get(route) ?? { n: 0 };
      hits.set(route, count);
      return count;
    },
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
