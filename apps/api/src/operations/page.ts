/**
 * The page at `/ui/`: what `vite build` made of apps/dashboard, and `GET /` that leads there. It is
 * open, because it holds no figure of its own; the routes that it asks are not.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type RequestHandler, Router } from 'express';
import { ProblemError } from '../wire/problem.ts';

const BUILT = join(
  dirname(fileURLToPath(import.meta.resolve('@deja/dashboard/package.json'))),
  'dist',
);
const YEAR_S = 31_536_000;

/** No code and no style but those files, nothing from elsewhere, and nobody frames it. */
const POLICY = [
  ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:"],
  ...["connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
].join('; ');

/** @param dir What was built. Default: the dashboard's `dist`. */
export function pageRoutes(dir = BUILT): Router {
  const router = Router();
  const toPage: RequestHandler = (_req, res) => res.redirect(302, 'ui/');
  router.get('/', toPage);
  // Relative addresses in the page need the slash.
  router.get('/ui', (req, res, next) => (req.path.endsWith('/') ? next() : toPage(req, res, next)));
  router.use('/ui', (_req, res, next) => {
    res.set({ 'Content-Security-Policy': POLICY, 'Referrer-Policy': 'no-referrer' });
    next();
  });
  router.get('/ui/', (_req, _res, next) => {
    if (existsSync(join(dir, 'index.html'))) return next();
    throw new ProblemError('not-found', 'the page is not built; npm run build does it');
  });
  // Names under assets/ change with their content.
  router.use(
    '/ui/assets',
    express.static(join(dir, 'assets'), {
      ...{ index: false, redirect: false, etag: false, fallthrough: true },
      setHeaders: (res) => res.setHeader('Cache-Control', `public, max-age=${YEAR_S}, immutable`),
    }),
  );
  router.use('/ui', express.static(dir, { redirect: false, cacheControl: false, etag: false }));
  return router;
}
