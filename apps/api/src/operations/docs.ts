/** `GET /openapi.json`, and a page at `/docs` that shows it. We serve all its files, so it works offline. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { Router } from 'express';
import type { ApiContext } from '../context.ts';
import { htmlPolicy } from '../http/html-policy.ts';
import { openApiDocument } from './openapi.ts';

const UI = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Deja API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<div id="ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/init.js"></script>
</html>
`;
const INIT = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#ui', deepLinking: true });\n`;

export function docsRoutes({ models }: ApiContext): Router {
  let document: string | undefined;
  const router = Router();
  router.get('/openapi.json', (_req, res) => {
    document ??= JSON.stringify(openApiDocument(models)); // late: it takes tens of milliseconds
    res.type('application/json').end(document);
  });
  router.use('/docs', htmlPolicy);
  router.get(['/docs', '/docs/'], (_req, res) => {
    res.type('text/html').end(PAGE);
  });
  router.get('/docs/init.js', (_req, res) => {
    res.type('text/javascript').end(INIT);
  });
  router.use(
    '/docs',
    express.static(UI, { index: false, redirect: false, cacheControl: false, etag: false }),
  );
  return router;
}
