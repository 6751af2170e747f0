/** Answers what is no request: too slow, too large, or not HTTP. Express never sees it. */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ApiConfig } from '../config.ts';
import { type ProblemName, problemOf } from '../wire/problem.ts';
import { problemReply } from '../wire/reply.ts';

/** What Node keeps on a socket while it answers on it. */
export type Answering = Duplex & { readonly _httpMessage?: ServerResponse | null };

/** Connections whose request has a bound of its own in place of REQUEST_TIMEOUT_S. */
const unhurried = new WeakSet<Duplex>();
export const takesItsTime = ({ socket }: IncomingMessage): void => void unhurried.add(socket);

export function onClientError({ requestTimeoutMs }: Pick<ApiConfig, 'requestTimeoutMs'>) {
  const late = `headers arrive within 10 s, the body within REQUEST_TIMEOUT_S (${requestTimeoutMs / 1000})`;
  return (error: NodeJS.ErrnoException, socket: Answering): void => {
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && unhurried.has(socket)) return;
    // As Node does itself: an answer that has begun is not mixed with another.
    if (socket.writable && !socket._httpMessage?.headersSent)
      socket.write(textOf(error.code, late));
    socket.destroy();
  };
}

function textOf(code: string | undefined, late: string): string {
  const [name, detail] = problemFor(code, late);
  const { status, headers, body } = problemReply(problemOf(name, detail));
  const text = Buffer.concat(body).toString();
  const fields = { ...headers, 'Content-Length': Buffer.byteLength(text), Connection: 'close' };
  const lines = Object.entries(fields).map(([field, value]) => `${field}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${text}`;
}

function problemFor(code: string | undefined, late: string): readonly [ProblemName, string] {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ['request-timeout', late];
    case 'HPE_HEADER_OVERFLOW':
      return ['headers-too-large', 'the request line and the headers take more than 16 KiB'];
    default:
      return ['malformed-request', 'it is not HTTP/1.1'];
  }
}
