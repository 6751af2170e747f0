/**
 * Refuses requests under a host name that is not ours. A page can point its own name at this server's
 * address (DNS rebinding); its browser then takes the two for one origin, and only the name tells.
 */
import { isIP } from 'node:net';
import type { Request, RequestHandler } from 'express';
import type { ApiConfig } from '../config.ts';
import { ProblemError } from '../wire/problem.ts';

/** Orchestrators ask these under names of their own, and learn nothing from them. */
const PROBES = new Set(['/healthz', '/readyz']);

/** `*` in ALLOWED_HOSTS serves every name. No name can be pointed at an address, so those pass. */
export function hostPolicy({ allowedHosts }: ApiConfig): RequestHandler {
  const names = new Set(allowedHosts.map(nameOf));
  return (req, _res, next) => {
    const name = nameOf(authorityOf(req));
    if (names.has('*') || names.has(name) || isIP(name) || PROBES.has(req.path)) return next();
    throw new ProblemError('host-refused', `the host "${name}" is not in ALLOWED_HOSTS`);
  };
}

/** The target's own authority counts before the Host header (RFC 9112 section 3.2.2). */
export function authorityOf({ url, headers }: Pick<Request, 'url' | 'headers'>): string {
  if (!url.startsWith('/') && URL.canParse(url)) return new URL(url).host;
  return headers.host ?? '';
}

/** Without port, brackets and the dot of a name that is written out to the root. */
function nameOf(authority: string): string {
  const [, address, name] = /^(?:\[(.*)\]|(.*?))(?::\d*)?$/.exec(authority.toLowerCase()) ?? [];
  return address ?? name?.replace(/\.$/, '') ?? '';
}
