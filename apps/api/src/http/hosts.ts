/**
 * Refuses requests under a host name that is not ours. A page can point its own name at this server's
 * address (DNS rebinding); its browser then takes the two for one origin, and only the name tells.
 */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { RequestHandler } from 'express';
import type { ApiConfig } from '../config.ts';
import { ProblemError } from '../wire/problem.ts';

/** Orchestrators ask these under names of their own, and learn nothing from them. */
const PROBES = new Set(['/healthz', '/readyz']);

/** `*` in ALLOWED_HOSTS serves every name. No name can be pointed at an address, so those pass. */
export function hostPolicy(config: ApiConfig): RequestHandler {
  const refused = hostGate(config);
  return (req, _res, next) => {
    const name = refused(req);
    if (name === undefined || PROBES.has(req.path)) return next();
    throw new ProblemError('host-refused', `the host "${name}" is not in ALLOWED_HOSTS`);
  };
}

/** Tells the name of a host that is refused, and undefined of one that is ours. */
export function hostGate({ allowedHosts }: Pick<ApiConfig, 'allowedHosts'>) {
  const names = new Set(allowedHosts.map(nameOf));
  let accepted: string | undefined; // most requests repeat it
  return (req: Pick<IncomingMessage, 'url' | 'headers'>): string | undefined => {
    const authority = authorityOf(req);
    if (authority === accepted) return undefined;
    const name = nameOf(authority);
    if (!names.has('*') && !names.has(name) && !isIP(name)) return name;
    accepted = authority;
    return undefined;
  };
}

/** The target's own authority counts before the Host header (RFC 9112 section 3.2.2). */
export function authorityOf({
  url = '/',
  headers,
}: Pick<IncomingMessage, 'url' | 'headers'>): string {
  if (!url.startsWith('/') && URL.canParse(url)) return new URL(url).host;
  return headers.host ?? '';
}

/** Without port, brackets and the dot of a name that is written out to the root. */
export function nameOf(authority: string): string {
  const [, address, name] = /^(?:\[(.*)\]|(.*?))(?::\d*)?$/.exec(authority.toLowerCase()) ?? [];
  return address ?? name?.replace(/\.$/, '') ?? '';
}
