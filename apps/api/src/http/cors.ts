/**
 * CORS. A request from a page of another origin that changes something is refused unless the origin
 * is listed, because a browser would send it to any host that its user can reach. Listed origins get
 * CORS headers.
 */
import type { RequestHandler } from 'express';
import { ProblemError } from '../wire/problem.ts';

const SAFE = new Set(['GET', 'HEAD']);
const EXPOSED =
  'X-Cache, X-Cache-Key, X-Cache-Tier, X-Cache-Unverified, X-Request-Id, Cache-Status, Age, Location, Retry-After, Preference-Applied';

export function corsPolicy(allowed: readonly string[]): RequestHandler {
  const listed = new Set(allowed);
  return (req, res, next) => {
    const origin = req.get('origin');
    if (origin === undefined) return next();
    if (listed.has(origin)) {
      res.set({ 'Access-Control-Allow-Origin': origin, Vary: 'Origin' });
      res.set('Access-Control-Expose-Headers', EXPOSED);
      if (req.method !== 'OPTIONS') return next();
      res.set('Access-Control-Allow-Methods', 'GET, HEAD, POST, DELETE');
      const headers = 'Content-Type, Cache-Control, Prefer, X-Request-Id, X-Cache-Min-Seq';
      return void res.set('Access-Control-Allow-Headers', headers).status(204).end();
    }
    if (SAFE.has(req.method) || isOwn(origin, req.get('host'))) return next();
    next(new ProblemError('foreign-origin', `the origin ${origin} is not in CORS_ORIGINS`));
  };
}

function isOwn(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}
