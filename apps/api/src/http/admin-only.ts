/**
 * Lets only operators see what belongs to everybody. Without a password, operators are clients on
 * this machine that ask for it under a loopback name. The name matters: a browser page whose own
 * name was rebound to loopback (DNS rebinding) asks under its own name and is refused.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { ApiConfig } from '../config.ts';
import { isLoopback } from '../settings.ts';
import { ProblemError } from '../wire/problem.ts';

/** HTTP Basic (RFC 7617) for the user `admin`, compared in constant time. */
export function adminOnly({ adminPassword, host }: ApiConfig): RequestHandler {
  if (adminPassword === undefined) {
    return (req, _res, next) => {
      const asked = (req.hostname ?? '').replace(/^\[|\]$/g, '');
      if (isLoopback(host) && isLoopback(asked)) return next();
      throw new ProblemError('not-found', 'it needs an ADMIN_PASSWORD where HOST is not loopback');
    };
  }
  const expected = digest(`Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}`);
  return (req, res, next) => {
    if (timingSafeEqual(digest(req.get('authorization') ?? ''), expected)) return next();
    res.status(401).set('WWW-Authenticate', 'Basic realm="Deja"').end();
  };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
