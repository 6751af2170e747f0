/**
 * Who may ask. There are no API keys yet, so `AUTH=required` serves the open routes alone, and
 * `AUTH=auto` serves this machine: settings.ts refuses it elsewhere. A header of a proxy says that
 * somebody has published a loopback server, and that a client may be anybody.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { RequestHandler } from 'express';
import type { ApiConfig } from '../config.ts';
import { ProblemError } from '../wire/problem.ts';

const OPEN = /^\/(?:healthz|readyz|ui|ui\/.*)?$/;
const isOfProxies = (name: string): boolean =>
  name === 'via' || name === 'forwarded' || name.startsWith('x-forwarded-');

export function authentication({ auth }: ApiConfig): RequestHandler {
  return (req, _res, next) => {
    if (auth === 'off' || OPEN.test(req.path)) return next();
    if (auth === 'required') {
      const headers = { 'WWW-Authenticate': 'Bearer realm="Deja"' };
      throw new ProblemError('unauthenticated', 'AUTH=required, and no key is known', { headers });
    }
    const header = proxyHeaderOf(req.headers);
    if (header === undefined) return next();
    const detail = `the header ${header} tells of a proxy: AUTH=off lets its clients in`;
    throw new ProblemError('auth-needed', detail);
  };
}

function proxyHeaderOf(headers: IncomingHttpHeaders): string | undefined {
  for (const name in headers) if (isOfProxies(name)) return name;
  return undefined;
}

/** Whether a question of anybody with these headers is answered. */
export function letsIn({ auth }: Pick<ApiConfig, 'auth'>, headers: IncomingHttpHeaders): boolean {
  return auth === 'off' || (auth === 'auto' && proxyHeaderOf(headers) === undefined);
}
