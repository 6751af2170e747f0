/**
 * `POST /ui/session`, `DELETE /ui/session`: somebody logs in at the page with an admin key, and out.
 *
 * Only the page itself may: no other site can log anybody in, not even with a key of its own. A wrong key
 * counts as it does in a header.
 */
import { InputError, issuesOf } from '@deja/models';
import type { RequestHandler } from 'express';
import { askedWith } from '../audit/audit.ts';
import type { ApiContext } from '../context.ts';
import type { Authentication } from '../http/authentication.ts';
import { readBody } from '../http/body.ts';
import type { SharedBytes } from '../http/byte-budget.ts';
import type { Body } from '../http/held-body.ts';
import { nothingAt } from '../http/router.ts';
import { isAskedByPage, sessionIn, setSession } from '../http/session-cookie.ts';
import { ProblemError } from '../wire/problem.ts';
import { logIn } from './session-schema.ts';

interface SessionRoutes {
  readonly open: readonly RequestHandler[];
  readonly end: readonly RequestHandler[];
}

const MAX_BODY_BYTES = 1024;

export function sessionRoutes(
  { keys, sessions, audit }: Pick<ApiContext, 'keys' | 'sessions' | 'audit'>,
  auth: Authentication,
  bodies: SharedBytes,
): SessionRoutes {
  if (!keys) {
    const off: RequestHandler = (req) => {
      throw nothingAt(req);
    };
    return { open: [off], end: [off] };
  }
  const open: RequestHandler = async (req, res) => {
    const body: Body = req.body;
    const parsed = logIn.safeParse(body.takeJson());
    if (!parsed.success) throw new InputError(issuesOf(parsed.error));
    const principal = await auth.principalOfKey(req, parsed.data.key, 'admin');
    const { keyId } = principal;
    const token = await sessions.open(String(keyId));
    const verdict = await keys.verifySession(token);
    if (verdict.is === 'refused')
      throw new ProblemError('unauthenticated', `the key ${keyId} was replaced by a newer one`);
    audit.record(askedWith(req, principal), 'session.created', String(keyId));
    setSession(req, res, token);
    res.status(204).end();
  };
  const end: RequestHandler = async (req, res) => {
    const token = sessionIn(req);
    // Of what is no session, Redis is not told: nobody needs a key to come here.
    if (token !== undefined && (await keys.verifySession(token)).is === 'known')
      await sessions.end(token);
    setSession(req, res, undefined);
    res.status(204).end();
  };
  return {
    open: [pageOnly, readBody({ maxBodyBytes: MAX_BODY_BYTES }, bodies), open],
    end: [pageOnly, end],
  };
}

const pageOnly: RequestHandler = (req, _res, next) => {
  if (isAskedByPage(req)) return next();
  const detail =
    'only the page at /ui/ logs in, over https or on this machine: the request is not marked Sec-Fetch-Site: same-origin';
  throw new ProblemError('foreign-origin', detail);
};
