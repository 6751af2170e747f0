/**
 * The cookie of somebody who has logged in at the page. It counts only in what the page itself asks, which
 * the browser says (`Sec-Fetch-Site`) and no page can change: over https, and on this machine also without.
 */
import type { IncomingMessage } from 'node:http';
import { SESSION_MS } from '@deja/keys';
import type { Response } from 'express';
import { isLoopback } from '../settings.ts';
import { authorityOf, nameOf } from './hosts.ts';

/** Browsers take it from the host itself, over https, and from nobody else. */
const SECURE = '__Host-deja';
const LOCAL = 'deja';

export const isAskedByPage = ({ headers }: Pick<IncomingMessage, 'headers'>): boolean =>
  headers['sec-fetch-site'] === 'same-origin';

/** The token in the request's cookie, if it counts. A header with a key goes first. */
export function sessionIn(req: IncomingMessage): string | undefined {
  const { cookie, authorization } = req.headers;
  if (cookie === undefined || authorization !== undefined || !isAskedByPage(req)) return undefined;
  return (
    cookieNamed(SECURE, cookie) ?? (isOfThisMachine(req) ? cookieNamed(LOCAL, cookie) : undefined)
  );
}

/** @param token Undefined: the browser forgets it. */
export function setSession(req: IncomingMessage, res: Response, token: string | undefined): void {
  const secure = isHttps(req);
  res.cookie(secure ? SECURE : LOCAL, token ?? '', {
    ...{ secure, httpOnly: true, sameSite: 'strict', path: '/' },
    maxAge: token === undefined ? 0 : SESSION_MS,
  });
}

/** Whether the browser shows the page over https. It says so itself: a proxy may speak plain http to us. */
function isHttps(req: IncomingMessage): boolean {
  const { origin } = req.headers;
  return origin === undefined ? !isOfThisMachine(req) : origin.startsWith('https:');
}

function isOfThisMachine(req: IncomingMessage): boolean {
  const name = nameOf(authorityOf(req));
  return isLoopback(name) || name.endsWith('.localhost');
}

function cookieNamed(name: string, cookie: string): string | undefined {
  const pair = cookie.split(/; */).find((each) => each.startsWith(`${name}=`));
  return pair?.slice(name.length + 1);
}
