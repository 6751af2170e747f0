/**
 * Who may ask, on every route: after the host, before the rate, the body and its validation.
 *
 * With keys on (`AUTH=required`, and `auto` where HOST is not loopback) a route needs a key with its
 * scope. A key is looked at before the failures of its address are, so a valid one is never refused for
 * others; a malformed one never reaches Redis.
 *
 * With keys off, `AUTH=off` lets in whoever reaches the API, and `auto` this machine: a header of a
 * proxy says that somebody has published a loopback server, and that a client may be anybody.
 *
 * Who has logged in at the page has a cookie in place of a key (session-cookie.ts).
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { EVERYBODY, type Principal, type Verdict } from '@deja/keys';
import { Counter } from '@deja/runtime';
import type { Request, RequestHandler } from 'express';
import { requestIdIn } from '../audit/audit.ts';
import type { ApiContext } from '../context.ts';
import type { Access } from '../routes.ts';
import { ProblemError } from '../wire/problem.ts';
import { clientAddressOf } from './client-address.ts';
import { FailedAttempts, MAX_FAILURES } from './failed-attempts.ts';
import { setPrincipal } from './principal.ts';
import { sessionIn } from './session-cookie.ts';

export interface Authentication {
  /** Who asks, if this turn tells and it may: a key that this process knows. Else the guard decides. */
  knownAtOnce(req: IncomingMessage, access: Access): Principal | undefined;
  /** Lets through who has the scope; with `any`, whoever is known. */
  guard(access: Access | 'any'): RequestHandler;
  /** Whose key it is. @throws ProblemError as the guard does, and counts as it does. */
  principalOfKey(req: Request, key: string, access: Access): Promise<Principal>;
}

const REALM = 'Bearer realm="Deja"';
const LIMITED = `${MAX_FAILURES} refused keys from this address within a minute`;

const isOfProxies = (name: string): boolean =>
  name === 'via' || name === 'forwarded' || name.startsWith('x-forwarded-');

export function createAuthentication(
  context: Pick<ApiContext, 'config' | 'keys' | 'registry' | 'log' | 'audit'>,
): Authentication {
  return context.keys ? withKeys(context, context.keys) : withoutKeys(context);
}

function withoutKeys({ config }: Pick<ApiContext, 'config'>): Authentication {
  const isPublished = ({ headers }: IncomingMessage): string | undefined =>
    config.auth === 'off' ? undefined : proxyHeaderOf(headers);
  return {
    knownAtOnce: (req) => (isPublished(req) === undefined ? EVERYBODY : undefined),
    guard(access) {
      if (access === 'open') return (_req, _res, next) => next();
      return (req, _res, next) => {
        const header = isPublished(req);
        if (header !== undefined) {
          const detail = `the header ${header} tells of a proxy: AUTH=off lets its clients in`;
          throw new ProblemError('auth-needed', detail);
        }
        setPrincipal(req, EVERYBODY);
        next();
      };
    },
    principalOfKey: async () => EVERYBODY,
  };
}

function withKeys(
  { registry, log, audit }: Pick<ApiContext, 'registry' | 'log' | 'audit'>,
  keys: NonNullable<ApiContext['keys']>,
): Authentication {
  const failures = new FailedAttempts();
  const refused = new Counter({
    name: 'deja_refused_keys_total',
    help: 'Keys that were refused',
    labelNames: ['why'],
    registers: [registry],
  });
  /** What the HIT path has asked and could not wait for. */
  const asked = new WeakMap<IncomingMessage, Promise<Verdict>>();

  const refuse = (req: Request, why: string): never => {
    const address = clientAddressOf(req);
    const count = failures.add(address);
    refused.inc({ why });
    if (count > MAX_FAILURES)
      throw new ProblemError('too-many-failures', LIMITED, {
        headers: failures.retryAfter(address),
      });
    log.warn({ address, why, failures: count }, 'key refused');
    audit.keyRefused(address, requestIdIn(req));
    throw new ProblemError('unauthenticated', 'the key is not valid', {
      headers: { 'WWW-Authenticate': `${REALM}, error="invalid_token"` },
    });
  };

  const principalIn = (req: Request, verdict: Verdict, access: Access | 'any') => {
    if (verdict.is === 'refused') return refuse(req, verdict.why);
    if (verdict.is === 'unavailable') throw unavailable();
    if (!has(verdict.principal, access)) throw insufficient(access);
    return verdict.principal;
  };

  const admit = (req: Request, verdict: Verdict, access: Access | 'any'): void => {
    // That a session ends is nobody's attempt.
    if (verdict.is === 'refused' && keyIn(req.headers) === undefined) throw ended();
    setPrincipal(req, principalIn(req, verdict, access), async () => {
      const now = await verdictOn(req);
      return now?.is === 'known' && has(now.principal, access);
    });
  };

  /** Undefined: it comes with neither a key nor a session. */
  const verdictOn = (req: IncomingMessage): Verdict | Promise<Verdict> | undefined => {
    const key = keyIn(req.headers);
    if (key !== undefined) return keys.verify(key);
    const token = sessionIn(req);
    return token === undefined ? undefined : keys.verifySession(token);
  };

  return {
    knownAtOnce(req, access) {
      const verdict = verdictOn(req);
      if (verdict === undefined) return undefined;
      if (verdict instanceof Promise) {
        verdict.catch(() => {}); // the guard tells of it
        asked.set(req, verdict);
        return undefined;
      }
      return verdict.is === 'known' && has(verdict.principal, access)
        ? verdict.principal
        : undefined;
    },
    guard(access) {
      if (access === 'open') return (_req, _res, next) => next();
      return (req, _res, next) => {
        const verdict = asked.get(req) ?? verdictOn(req);
        if (verdict === undefined) throw missing();
        if (!(verdict instanceof Promise)) {
          admit(req, verdict, access);
          return next();
        }
        return verdict.then((late) => {
          admit(req, late, access);
          next();
        });
      };
    },
    async principalOfKey(req, key, access) {
      return principalIn(req, await keys.verify(key), access);
    },
  };
}

const has = ({ scopes }: Principal, access: Access | 'any'): boolean =>
  access === 'any' || access === 'open' || scopes.has(access) || scopes.has('admin');

/** A header of another scheme is no key (RFC 6750 section 2.1). */
function keyIn({ authorization }: IncomingHttpHeaders): string | undefined {
  if (authorization === undefined) return undefined;
  if (authorization.startsWith('Bearer ')) return authorization.slice(7).trim();
  return /^bearer +(.*?) *$/i.exec(authorization)?.[1];
}

const missing = () =>
  new ProblemError('unauthenticated', 'send a key: Authorization: Bearer <key>', {
    headers: { 'WWW-Authenticate': REALM },
  });

const ended = () =>
  new ProblemError('unauthenticated', 'the session has ended: log in again', {
    headers: { 'WWW-Authenticate': REALM },
  });

const insufficient = (scope: string) =>
  new ProblemError('insufficient-scope', `the key needs the scope ${scope}`, {
    headers: { 'WWW-Authenticate': `${REALM}, error="insufficient_scope", scope="${scope}"` },
  });

const unavailable = () =>
  new ProblemError('queue-unavailable', 'Redis, which knows the key, does not answer');

function proxyHeaderOf(headers: IncomingHttpHeaders): string | undefined {
  for (const name in headers) if (isOfProxies(name)) return name;
  return undefined;
}
