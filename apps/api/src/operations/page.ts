/**
 * The page at `/ui/`: what `vite build` made of apps/dashboard, and `GET /` that leads there. It is
 * open, because it holds no figure of its own; the routes that it asks are not.
 */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type RequestHandler, type Response, Router } from 'express';
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
  const assets = join(dir, 'assets');
  router.use(
    '/ui/assets',
    toCompressed(assets),
    express.static(assets, {
      ...{ index: false, redirect: false, etag: false, fallthrough: true },
      setHeaders: setAssetHeaders,
    }),
  );
  router.use('/ui', express.static(dir, { redirect: false, cacheControl: false, etag: false }));
  return router;
}

/** Endings of what the build compressed beside a file, the smallest first. */
const ENCODINGS = [
  ['.br', 'br'],
  ['.gz', 'gzip'],
] as const;

/** Leads to the compressed file that the client takes, if there is one. */
function toCompressed(dir: string): RequestHandler {
  const files = new Set(existsSync(dir) ? readdirSync(dir) : []);
  return (req, _res, next) => {
    const name = req.path.slice(1);
    const found = ENCODINGS.find(
      ([ending, encoding]) => files.has(name + ending) && req.acceptsEncodings(encoding),
    );
    if (found) req.url = `/${name}${found[0]}`;
    next();
  };
}

/** Names under assets/ change with their content. */
function setAssetHeaders(res: Response, path: string): void {
  res.set('Cache-Control', `public, max-age=${YEAR_S}, immutable`).vary('Accept-Encoding');
  const [ending, encoding] = ENCODINGS.find(([each]) => path.endsWith(each)) ?? [];
  if (ending && encoding)
    res.type(extname(path.slice(0, -ending.length))).set('Content-Encoding', encoding);
}
