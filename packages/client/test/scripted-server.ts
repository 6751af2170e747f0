/** A server that answers what a vector says, and keeps what it was asked (clients/vectors/README.md). */
import { once } from 'node:events';
import { createServer, type IncomingMessage, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { VirtualClock } from './virtual-clock.ts';

export interface ScriptedReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly takes_s?: number;
  readonly fault?: 'refuse' | 'hang' | 'cut-head' | 'cut-body' | 'cut-after-body';
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly limitS: number | undefined;
}

export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
}

export async function startScriptedServer(
  replies: readonly ScriptedReply[],
  clock: VirtualClock,
): Promise<ScriptedServer> {
  const seen: SeenRequest[] = [];
  const left = [...replies];
  const server = createServer(async (request) => {
    const limitS = clock.limitS();
    const { method = '', url = '', headers } = request;
    seen.push({ method, path: url, headers, body: await bodyOf(request), limitS });
    const reply = left.shift() ?? { status: 599, body: 'the script has no further reply' };
    if (reply.fault === 'hang') return clock.expire();
    clock.advance(reply.takes_s ?? 0);
    answer(request.socket, reply);
  });
  server.on('connection', (socket) => {
    if (left[0]?.fault !== 'refuse') return;
    left.shift();
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function answer(socket: Socket, { status = 200, headers = {}, body = '', fault }: ScriptedReply) {
  const text = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\n${lines.join('')}`;
  if (fault === 'cut-head') return socket.end('HTTP/1.1 200 OK\r\ncontent-le');
  if (fault === 'cut-after-body') {
    socket.write(`${head}transfer-encoding: chunked\r\n\r\n${text.length.toString(16)}\r\n`);
    return socket.end(Buffer.concat([text, Buffer.from('\r\n')]));
  }
  socket.write(status === 204 ? `${head}\r\n` : `${head}content-length: ${text.length}\r\n\r\n`);
  return socket.end(fault === 'cut-body' ? text.subarray(0, text.length / 2) : text);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
