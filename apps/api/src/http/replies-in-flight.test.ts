import { EventEmitter, once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { EVERYBODY } from '@deja/keys';
import type { Request, Response } from 'express';
import { expect, test } from 'vitest';
import { setPrincipal } from './principal.ts';
import { RepliesInFlight } from './replies-in-flight.ts';

const MB = 1024 * 1024;
/** More than the kernel takes at once. */
const LARGE = Buffer.alloc(32 * MB);

/** Asks once, reads nothing, and resolves to how long it took until the server hung up. */
async function unread(answer: (res: Response) => void): Promise<number> {
  await using server = createServer((_req, res: ServerResponse) => answer(res as Response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
  socket.on('error', () => {});
  const startedAt = performance.now();
  const [serverSide] = await Promise.all([
    once(server, 'connection').then(([accepted]) => accepted),
    new Promise((resolve) => socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n', resolve)),
  ]);
  await once(serverSide, 'close');
  socket.destroy();
  return performance.now() - startedAt;
}

test('a client that reads nothing of a large answer loses its connection, and its bytes are free', async () => {
  const replies = new RepliesInFlight({ maxRepliesBytes: LARGE.length }, 200);
  const other = Buffer.alloc(64 * 1024);

  await unread((res) => {
    replies.holdSent(res, [LARGE]);
    expect(() => replies.hold(res, [other])).toThrow('MAX_REPLIES_MB');
    res.end(LARGE);
  });

  await unread((res) => {
    replies.hold(res, [other]);
    res.destroy();
  });
});

test('an answer that is not sent yet may take its time', async () => {
  const replies = new RepliesInFlight({ maxRepliesBytes: LARGE.length }, 50);

  const tookMs = await unread((res) => {
    replies.hold(res, [LARGE]);
    setTimeout(() => res.destroy(), 500);
  });

  expect(tookMs).toBeGreaterThan(400);
});

test('an answer whose client has gone before holds nothing', async () => {
  const replies = new RepliesInFlight({ maxRepliesBytes: LARGE.length });

  await unread((res) => {
    res.once('close', () => replies.hold(res, [LARGE]));
    res.destroy();
  });

  await unread((res) => {
    replies.hold(res, [Buffer.alloc(LARGE.length)]);
    res.destroy();
  });
});

test('answers that one tenant does not read leave as much for others', async () => {
  const replies = new RepliesInFlight({ maxRepliesBytes: 4 * MB });
  const hold = (tenant: string) => {
    const req = {} as Request;
    setPrincipal(req, { ...EVERYBODY, tenant });
    const res = Object.assign(new EventEmitter(), { req }) as unknown as Response;
    replies.hold(res, [Buffer.alloc(MB)]);
    return res;
  };
  const [first] = [hold('acme'), hold('acme')];

  expect(() => hold('acme')).toThrow(/of this tenant .* MAX_REPLIES_MB/);
  hold('other');
  expect(() => hold('other')).toThrow(/of this tenant .* MAX_REPLIES_MB/);
  first.emit('close');
  hold('other');
});
