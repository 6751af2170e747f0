import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { receive, send } from './channel.ts';

async function setUp() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const here = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [there] = (await once(server, 'connection')) as [Socket];
  const messages: unknown[] = [];
  let broken = 0;
  receive(
    there,
    'payload',
    (message) => messages.push(message),
    () => {
      broken += 1;
    },
  );
  return {
    here,
    messages,
    broken: () => broken,
    [Symbol.dispose]() {
      here.destroy();
      server.close();
    },
  };
}

const u32 = (...values: number[]) =>
  Buffer.concat(
    values.map((value) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return bytes;
    }),
  );

test('a message arrives as it was sent, however its bytes are cut', async () => {
  using t = await setUp();
  const payload = `{"a":"${'é"😀'.repeat(50_000)}"}`;
  const sent = [
    { type: 'done', run: 'a', payload, list: [1, null, 'é'] },
    { type: 'progress', run: 'b', fraction: 0.5 },
    { type: 'kept', deep: [{ bytes: Buffer.from([0, 255]) }, { bytes: new Uint8Array(2) }] },
  ];

  for (const message of sent) send(t.here, message, 'payload');
  await expect.poll(() => t.messages.length).toBe(3);

  const base64 = { type: 'kept', deep: [{ bytes: 'AP8=' }, { bytes: 'AAA=' }] };
  expect(t.messages).toEqual([...sent.slice(0, 2), base64]);
});

test('frames that arrive byte by byte, and several at once', async () => {
  using t = await setUp();
  const frame = Buffer.concat([u32(6, 2), Buffer.from('{}'), u32(10, 2), Buffer.from('{}text')]);
  t.here.setNoDelay(true);

  for (const byte of frame) await new Promise((done) => t.here.write(Buffer.of(byte), done));
  t.here.write(Buffer.concat([frame, frame]));

  const both = [{}, { payload: 'text' }];
  await expect.poll(() => t.messages).toEqual([...both, ...both, ...both]);
});

test.each([
  ['is too long', u32(2 ** 31, 2)],
  ['is no JSON', Buffer.concat([u32(5, 1), Buffer.from('{')])],
  ['ends in the middle of its message', Buffer.concat([u32(6, 9), Buffer.from('{}')])],
  ['has no length of its message', u32(0)],
])('of a frame that %s nothing is taken, and nothing after it', async (_, bytes) => {
  using t = await setUp();

  t.here.write(Buffer.concat([bytes, u32(6, 2), Buffer.from('{}')]));

  await expect.poll(t.broken).toBe(1);
  expect(t.messages).toEqual([]);
});

test('what is longer than a frame may be is not sent', async () => {
  using t = await setUp();
  const payload = 'x'.repeat(64 * 1024 * 1024);

  expect(() => send(t.here, { payload }, 'payload')).toThrow(RangeError);
});
