import type { RequestHandler } from 'express';

// The page of the API reference styles its elements in place.
const POLICY = [
  ...["default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'"],
  ...["img-src 'self' data:", "font-src 'self'", "connect-src 'self'"],
  ...["base-uri 'self'", "form-action 'none'", "frame-ancestors 'none'"],
].join('; ');

/** For what may answer with HTML: it runs no code but ours, asks nobody else, and nobody frames it. */
export const htmlPolicy: RequestHandler = (_req, res, next) => {
  res.set('Content-Security-Policy', POLICY);
  next();
};
