/**
 * Every route, with what a key needs for it. app.ts has a handler for each of them and for nothing
 * else; openapi.json, docs/api.md and the tests take from here who may ask.
 *
 * Express takes the first path that fits, so the order counts where two of them do.
 */
import type { Scope } from '@deja/keys';

/** `open`: without a key. */
export type Access = Scope | 'open';

export const ROUTES = {
  'GET /': 'open',
  'POST /ui/session': 'open',
  'DELETE /ui/session': 'open',
  'GET /ui{/*file}': 'open',
  'GET /healthz': 'open',
  'GET /readyz': 'open',

  'POST /forecast': 'ask',
  'POST /forecast/cross-validate': 'ask',
  'POST /forecast/many': 'ask',
  'POST /predict': 'ask',
  'POST /predict/many': 'ask',
  'POST /models/:name/run': 'ask',
  'POST /models/:name/many': 'ask',
  'POST /batch': 'ask',
  'GET /jobs/:id': 'ask',
  'DELETE /jobs/:id': 'ask',
  'GET /jobs/:id/events': 'ask',
  'GET /jobs/:id/result': 'ask',
  'GET /jobs/:id/deliveries': 'ask',
  'POST /jobs/:id/deliveries/:delivery/redeliver': 'ask',

  'GET /models': 'read',
  'GET /models/:name': 'read',
  'GET /forecast/models/:model_id': 'read',
  'GET /cache/stats': 'read',
  'POST /explain': 'read',
  'GET /openapi.json': 'read',
  'GET /docs{/*file}': 'read',

  'GET /metrics': 'observe',
  'GET /scale': 'observe',
  'GET /cache/advice': 'observe',
  'GET /admin/overview': 'observe',
  'GET /admin/live': 'observe',
  'GET /admin/history': 'observe',
  'GET /admin/workers': 'observe',

  'GET /cache/:key': 'read',
  'DELETE /cache/:key': 'invalidate',
  'DELETE /cache': 'invalidate',
  'POST /invalidate-cache/:model_id': 'invalidate',

  'GET /admin/runs': 'admin',
  'GET /admin/runs/:run': 'admin',
  'POST /admin/runs/:run/cancel': 'admin',
  'GET /admin/series': 'admin',
  'GET /admin/series/:model_id': 'admin',
  'GET /admin/series/:model_id/plot': 'admin',
  'GET /admin/receivers': 'admin',
  'GET /admin/deliveries': 'admin',
  'GET /admin/audit': 'admin',
  'GET /admin/keys': 'admin',
  'POST /admin/keys': 'admin',
  'DELETE /admin/keys/:id': 'admin',
  'POST /admin/keys/:id/rotate': 'admin',
} as const satisfies Readonly<Record<`${Method} /${string}`, Access>>;

export type Method = 'GET' | 'POST' | 'DELETE';
export type Route = keyof typeof ROUTES;

export const routesInOrder = Object.keys(ROUTES) as readonly Route[];

/** While keys are off, these are for operators (http/admin-only.ts). */
export const isForOperators = (route: Route): boolean => / \/(?:admin\/|scale$)/.test(route);
