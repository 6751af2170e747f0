/**
 * The span of a request, by the HTTP semantic conventions. What the cache did is read from the answer's
 * headers. A hit in memory takes less time than its span, so few have one.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import {
  failSpan,
  isSampled,
  isTracing,
  type Span,
  SpanKind,
  startSpan,
  withSpan,
} from '@deja/runtime/tracing';
import type { RequestHandler } from 'express';

/** Asked every few seconds by machines. */
const UNTRACED = new Set(['/healthz', '/readyz', '/metrics', '/scale']);
const CACHE_HEADERS = {
  'x-cache': 'deja.cache.outcome',
  'x-cache-key': 'deja.cache.key',
  'x-cache-tier': 'deja.cache.tier',
  'x-cache-reason': 'deja.cache.reason',
} as const;

/** When requests came. Epoch ms. */
const arrivals = new WeakMap<IncomingMessage, number>();

/** Without traces, the listener itself. */
export function noteArrivals(listener: RequestListener): RequestListener {
  if (!isTracing()) return listener;
  return (req, res) => {
    arrivals.set(req, performance.timeOrigin + performance.now());
    listener(req, res);
  };
}

/** A span for every request that Express answers, and the active one while it does. */
export function traceRequests(): RequestHandler {
  if (!isTracing()) return (_req, _res, next) => next();
  return (req, res, next) => {
    if (UNTRACED.has(req.path)) return next();
    const span = startRequest(req);
    res.once('close', () => {
      const { route } = req;
      endRequest(span, res, typeof route?.path === 'string' ? route.path : undefined);
    });
    withSpan(span, next);
  };
}

type TraceHit = (req: IncomingMessage, res: ServerResponse, route: string, key: string) => void;

/**
 * For an answer that the HIT path has sent: a span if the client samples its own, and for this share of
 * those that send no `traceparent`. Undefined: no hit has one.
 */
export function hitTracer(ratio: number): TraceHit | undefined {
  if (!isTracing()) return undefined;
  return (req, res, route, key) => {
    const { traceparent } = req.headers;
    const isWanted =
      traceparent === undefined ? Math.random() < ratio : isSampled(String(traceparent));
    if (!isWanted) return;
    const span = startRequest(req);
    const found = { outcome: 'HIT', tier: 'memory', key };
    for (const [name, value] of Object.entries(found))
      span.setAttribute(`deja.cache.${name}`, value);
    endRequest(span, res, route);
  };
}

function startRequest(req: IncomingMessage): Span {
  const { method = '', url = '', headers } = req;
  return startSpan(method, {
    kind: SpanKind.SERVER,
    parent: headers.traceparent?.toString() ?? 'none',
    startTime: arrivals.get(req),
    attributes: {
      'http.request.method': method,
      'url.path': url.replace(/\?.*/s, ''),
      'url.scheme': 'http',
    },
  });
}

function endRequest(span: Span, res: ServerResponse, route: string | undefined): void {
  const { statusCode } = res;
  if (route !== undefined)
    span.updateName(`${res.req.method} ${route}`).setAttribute('http.route', route);
  span.setAttribute('http.response.status_code', statusCode);
  for (const [header, name] of Object.entries(CACHE_HEADERS)) {
    const value = res.getHeader(header);
    if (value !== undefined) span.setAttribute(name, String(value));
  }
  if (statusCode >= 500) failSpan(span, String(statusCode));
  else if (!res.writableFinished) failSpan(span, 'client_left');
  span.end();
}
