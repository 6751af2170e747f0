/**
 * The address that a request comes from: that of its connection, or what proxies of TRUST_PROXY say of it in
 * `X-Forwarded-For` (Express reads it with proxy-addr). What is no address is not believed: a header is as
 * long as a client likes.
 */
import { isIP } from 'node:net';
import type { Request } from 'express';

export function clientAddressOf(req: Request): string {
  const { ip = '' } = req;
  return isIP(ip) ? ip : (req.socket.remoteAddress ?? '');
}
