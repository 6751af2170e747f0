/**
 * Pages of other origins. What changes or computes something is refused to them unless their origin
 * is listed, because a browser would send it to any host that its user can reach. Listed origins get
 * CORS headers.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Request, RequestHandler } from 'express';
import type { ApiConfig } from '../config.ts';
import { ProblemError } from '../wire/problem.ts';
import { authorityOf } from './hosts.ts';

const SAFE = new Set(['GET', 'HEAD']);
const EXPOSED =
  'X-Cache, X-Cache-Key, X-Cache-Tier, X-Cache-Reason, X-Cache-Unverified, X-Request-Id, Cache-Status, Age, Location, Retry-After, RateLimit, RateLimit-Policy, Preference-Applied';

/** Every request header that this API reads and that a page may set. */
const READ = [
  ...['Accept', 'Authorization', 'Cache-Control', 'Cancel-After', 'Content-Encoding'],
  ...['Content-Type', 'Idempotency-Key', 'Last-Event-ID', 'Prefer', 'traceparent'],
  ...['X-Cache-Min-Seq', 'X-Request-Id'],
].join(', ');

export function corsPolicy({ corsOrigins, publicUrl }: ApiConfig): RequestHandler {
  const listed = new Set(corsOrigins);
  const publicOrigin = publicUrl === undefined ? undefined : new URL(publicUrl).origin;
  return (req, res, next) => {
    const origin = req.get('origin');
    if (origin !== undefined && listed.has(origin)) {
      res.set({ 'Access-Control-Allow-Origin': origin, Vary: 'Origin' });
      res.set('Access-Control-Expose-Headers', EXPOSED);
      if (req.method !== 'OPTIONS') return next();
      res.set('Access-Control-Allow-Methods', 'GET, HEAD, POST, DELETE');
      return void res.set('Access-Control-Allow-Headers', READ).status(204).end();
    }
    if (SAFE.has(req.method)) return next();
    // A browser may leave the Origin out, but no page can change what it says here.
    const isForeign =
      isCrossSite(req.headers) ||
      (origin !== undefined && origin !== publicOrigin && origin !== originOf(req));
    if (!isForeign) return next();
    const page = origin === undefined ? 'another site' : `the origin ${origin}`;
    throw new ProblemError('foreign-origin', `${page} is not in CORS_ORIGINS`);
  };
}

/** A browser says so of a request that a page of another site makes. */
export const isCrossSite = (headers: IncomingHttpHeaders): boolean =>
  headers['sec-fetch-site'] === 'cross-site';

/** The origin under which this request reached us, or the proxy in front of us, if TRUST_PROXY names it. */
function originOf(req: Request): string | undefined {
  const isAbsolute = !req.url.startsWith('/');
  const url = `${req.protocol}://${isAbsolute ? authorityOf(req) : req.host}`;
  return URL.canParse(url) ? new URL(url).origin : undefined;
}
