/**
 * Lets only operators see what belongs to everybody, while keys are off. Without a password, operators are clients on
 * this machine that ask for it under a loopback name, not through a proxy for others. The name matters: a browser page whose own
 * name was rebound to loopback (DNS rebinding) asks under its own name and is refused.
 *
 * Wrong passwords are logged. After 20 from one address, none from there is looked at for a minute.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { ApiContext } from '../context.ts';
import { isLoopback } from '../settings.ts';
import { ProblemError } from '../wire/problem.ts';
import { clientAddressOf } from './client-address.ts';
import { FailedAttempts, MAX_FAILURES } from './failed-attempts.ts';

const LIMITED = `${MAX_FAILURES} wrong passwords from this address within a minute`;

/** HTTP Basic (RFC 7617) for the user `admin`, compared in constant time. */
export function adminOnly({ config, log }: Pick<ApiContext, 'config' | 'log'>): RequestHandler {
  const { adminPassword, host } = config;
  if (adminPassword === undefined) {
    return (req, _res, next) => {
      const asked = (req.hostname ?? '').replace(/^\[|\]$/g, '');
      const isLocal = isLoopback(host) && isLoopback(clientAddressOf(req));
      if (isLocal && isLoopback(asked)) return next();
      throw new ProblemError('not-found', 'it needs an ADMIN_PASSWORD where HOST is not loopback');
    };
  }
  const expected = digest(`Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}`);
  const failures = new FailedAttempts();
  return (req, res, next) => {
    const given = req.get('authorization');
    const address = clientAddressOf(req);
    if (given !== undefined && failures.of(address) >= MAX_FAILURES) {
      const headers = failures.retryAfter(address);
      throw new ProblemError('too-many-failures', LIMITED, { headers });
    }
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return next();
    if (given !== undefined) {
      const count = failures.add(address);
      log.warn({ address, path: req.path, failures: count }, 'wrong admin password');
    }
    res.status(401).set('WWW-Authenticate', 'Basic realm="Deja"').end();
  };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
