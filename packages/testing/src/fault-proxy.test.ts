import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { createFaultProxy } from './fault-proxy.ts';

/** A server that repeats what it hears, the proxy before it, and clients of that. */
async function setUp() {
  const served: Socket[] = [];
  const server = createServer((socket) => {
    served.push(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => socket.write(bytes));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const proxy = await createFaultProxy(`echo://127.0.0.1:${port}`);
  const clients: Socket[] = [];
  return {
    proxy,
    served,
    async connect() {
      const socket = createConnection({ port: proxy.port, host: '127.0.0.1' });
      clients.push(socket);
      await once(socket, 'connect');
      const client = { socket, heard: '', closed: false, code: '' };
      socket.on('data', (bytes) => {
        client.heard += bytes.toString();
      });
      socket.on('error', (error: NodeJS.ErrnoException) => {
        client.code = String(error.code);
      });
      socket.on('close', () => {
        client.closed = true;
      });
      return client;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of clients) socket.destroy();
      await proxy.close();
      server.close();
    },
  };
}

test('it passes on every byte, and the end of a connection from either side', async () => {
  await using t = await setUp();
  const [here, there] = [await t.connect(), await t.connect()];

  here.socket.write('x'.repeat(1_000_000));
  await expect.poll(() => here.heard.length).toBe(1_000_000);
  expect(t.proxy.connections).toBe(2);

  const served = t.served[1];
  here.socket.destroy();
  await expect.poll(() => t.proxy.connections).toBe(1);
  served?.destroy();
  await expect.poll(() => there.closed).toBe(true);
  await expect.poll(() => t.proxy.connections).toBe(0);
});

test('black-holed it accepts and passes on nothing, not even an end; healed, all of it in order', async () => {
  await using t = await setUp();
  const old = await t.connect();
  old.socket.write('a');
  await expect.poll(() => old.heard).toBe('a');

  t.proxy.blackhole();
  const young = await t.connect();
  old.socket.write('b');
  old.socket.write('c');
  young.socket.write('d');
  await expect.poll(() => t.served.length).toBe(2);
  t.served[0]?.write('last words');
  t.served[0]?.destroy();
  await new Promise((resolve) => setTimeout(resolve, 50)); // that nothing comes takes time to see
  expect([old.heard, old.closed, young.heard, young.closed]).toEqual(['a', false, '', false]);

  t.proxy.heal();
  await expect.poll(() => young.heard).toBe('d');
  await expect.poll(() => [old.heard, old.closed]).toEqual(['alast words', true]);
});

test('it holds every byte back for as long as it is told, in order', async () => {
  await using t = await setUp();
  const client = await t.connect();
  t.proxy.delay(40);
  const startedAt = performance.now();

  for (const letter of 'hello') client.socket.write(letter);
  await expect.poll(() => client.heard, { interval: 1 }).toBe('hello');

  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(80);
  t.proxy.heal();
});

test('a reset ends every connection at once, and the next one works', async () => {
  await using t = await setUp();
  const client = await t.connect();
  client.socket.write('a');
  await expect.poll(() => client.heard).toBe('a');

  t.proxy.reset();

  await expect.poll(() => client.code).toBe('ECONNRESET');
  const next = await t.connect();
  next.socket.write('b');
  await expect.poll(() => next.heard).toBe('b');
});

test('a reply is cut exactly where it was asked, once', async () => {
  await using t = await setUp();
  const client = await t.connect();
  t.proxy.dropAfterBytes(5);

  client.socket.write('abc');
  await expect.poll(() => client.heard).toBe('abc');
  client.socket.write('defghi');

  await expect.poll(() => client.closed).toBe(true);
  expect(client.heard).toBe('abcde');
  const next = await t.connect();
  next.socket.write('abcdefghi');
  await expect.poll(() => next.heard).toBe('abcdefghi');
});

test('a server that is not there is a connection that ends', async () => {
  const proxy = await createFaultProxy('tcp://127.0.0.1:1');
  const socket = createConnection({ port: proxy.port, host: '127.0.0.1' });
  socket.on('error', () => {});

  await once(socket, 'close');

  await proxy.close();
  await proxy.close(); // twice is once
});

test('replies held back go on their way when it is healed, and the first of them is told', async () => {
  await using t = await setUp();
  const client = await t.connect();
  const replied = t.proxy.holdReplies();

  client.socket.write('asked');
  await replied;
  expect(client.heard).toBe('');
  t.proxy.heal();

  await expect.poll(() => client.heard).toBe('asked');
});

test('once moved, it connects to the other server', async () => {
  await using t = await setUp();
  await using other = await setUp();
  t.proxy.moveTo(other.proxy.url);

  const client = await t.connect();
  client.socket.write('moved');

  await expect.poll(() => client.heard).toBe('moved');
  expect(other.served).toHaveLength(1);
  expect(t.served).toHaveLength(0);
});

test('a trickle passes byte by byte, and the rest at once when it is healed', async () => {
  await using t = await setUp();
  const client = await t.connect();
  t.proxy.trickle(20);
  client.socket.write('slowly');

  await expect.poll(() => client.heard).toBe('s');
  t.proxy.heal();
  await expect.poll(() => client.heard).toBe('slowly');
});

test('a half-closed connection hears no more, and is ended by its client', async () => {
  await using t = await setUp();
  const client = await t.connect();
  await expect.poll(() => t.served).toHaveLength(1);

  t.proxy.halfClose();

  await expect.poll(() => client.closed).toBe(true);
  expect(client.code).toBe('');
});
