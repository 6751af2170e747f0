/**
 * Lets only operators see what belongs to everybody. Without a password, operators are clients on
 * this machine that ask for it under a loopback name. The name matters: a browser page whose own
 * name was rebound to loopback (DNS rebinding) asks under its own name and is refused.
 *
 * Wrong passwords are logged. After 20 from one address, none from there is looked at for a minute.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { LRUCache } from 'lru-cache';
import type { ApiContext } from '../context.ts';
import { isLoopback } from '../settings.ts';
import { ProblemError } from '../wire/problem.ts';

const MAX_FAILURES = 20;
const FORGET_MS = 60_000;
const MAX_ADDRESSES = 10_000;
const LIMITED = `${MAX_FAILURES} wrong passwords from this address within a minute`;

/** HTTP Basic (RFC 7617) for the user `admin`, compared in constant time. */
export function adminOnly({ config, log }: Pick<ApiContext, 'config' | 'log'>): RequestHandler {
  const { adminPassword, host } = config;
  if (adminPassword === undefined) {
    return (req, _res, next) => {
      const asked = (req.hostname ?? '').replace(/^\[|\]$/g, '');
      if (isLoopback(host) && isLoopback(asked)) return next();
      throw new ProblemError('not-found', 'it needs an ADMIN_PASSWORD where HOST is not loopback');
    };
  }
  const expected = digest(`Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}`);
  const failures = new LRUCache<string, number>({ max: MAX_ADDRESSES, ttl: FORGET_MS });
  return (req, res, next) => {
    const given = req.get('authorization');
    const address = req.socket.remoteAddress ?? '';
    const failed = failures.get(address) ?? 0;
    if (given !== undefined && failed >= MAX_FAILURES) {
      const leftS = Math.ceil(failures.getRemainingTTL(address) / 1000);
      throw new ProblemError('too-many-failures', LIMITED, {
        headers: { 'Retry-After': String(Math.max(1, leftS)) },
      });
    }
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return next();
    if (given !== undefined) {
      failures.set(address, failed + 1, { noUpdateTTL: true });
      log.warn({ address, path: req.path, failures: failed + 1 }, 'wrong admin password');
    }
    res.status(401).set('WWW-Authenticate', 'Basic realm="Deja"').end();
  };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
