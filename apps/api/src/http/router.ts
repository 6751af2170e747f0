/**
 * Registers the routes of the table, each with its steps in this order: who asks, then what the route
 * does with the request, from its body on. Nothing of a body is read before.
 */
import { type IRoute, type Request, type RequestHandler, Router } from 'express';
import { isForOperators, type Method, ROUTES, type Route, routesInOrder } from '../routes.ts';
import { ProblemError } from '../wire/problem.ts';
import type { Authentication } from './authentication.ts';

/** One for each route, so that a route without an entry in the table does not compile. */
export type Handlers = Readonly<Record<Route, RequestHandler | readonly RequestHandler[]>>;

interface RouterOptions {
  readonly auth: Authentication;
  /** Steps before those of a route for operators. */
  readonly operatorsOnly: readonly RequestHandler[];
}

export function createRouter(
  handlers: Handlers,
  { auth, operatorsOnly }: RouterOptions,
): RequestHandler {
  const router = Router({ caseSensitive: true });
  const paths = new Map<string, Route[]>();
  for (const route of routesInOrder) {
    const [, path] = partsOf(route);
    paths.set(path, [...(paths.get(path) ?? []), route]);
  }
  for (const [path, routes] of paths) {
    const at = router.route(path);
    for (const route of routes)
      register(at, route, [
        auth.guard(ROUTES[route]),
        ...(isForOperators(route) ? operatorsOnly : []),
        ...[handlers[route]].flat(),
      ]);
    at.all(...refuseMethods(routes, auth));
  }
  return router;
}

function register(at: IRoute, route: Route, steps: RequestHandler[]): void {
  const [method] = partsOf(route);
  if (method === 'GET') at.get(...steps);
  else if (method === 'POST') at.post(...steps);
  else at.delete(...steps);
}

/** What comes here with a method that is allowed asks for a file of the folder that is not there. */
function refuseMethods(routes: readonly Route[], auth: Authentication): RequestHandler[] {
  const methods = routes.flatMap((route) => {
    const [method] = partsOf(route);
    return method === 'GET' ? ['GET', 'HEAD'] : [method];
  });
  const isOpen = routes.some((route) => ROUTES[route] === 'open');
  const headers = { Allow: methods.join(', ') };
  return [
    (req, _res, next) => {
      if (methods.includes(req.method)) throw nothingAt(req);
      next();
    },
    auth.guard(isOpen ? 'open' : 'any'),
    (req) => {
      throw new ProblemError('method-not-allowed', `${req.method} ${req.path}`, { headers });
    },
  ];
}

export const nothingAt = ({ path }: Request) => new ProblemError('not-found', `no route ${path}`);

const partsOf = (route: Route) => route.split(' ') as [Method, string];
