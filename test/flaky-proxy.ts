/**
 * An HTTP proxy on loopback that misbehaves as proxies and networks do: it refuses, delays, answers 429 and 503 itself, cuts
 * answers, sends a request twice, and repeats bytes of an answer. A seed repeats its choices.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createRandom, type Random } from '@deja/testing';

export interface FlakyProxy extends AsyncDisposable {
  readonly url: string;
  /** How often each fault happened. */
  readonly faults: ReadonlyMap<string, number>;
}

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

const DROPPED = ['connection', 'keep-alive', 'transfer-encoding', 'content-length'];

export async function startFlakyProxy(target: string, seed: number): Promise<FlakyProxy> {
  const random = createRandom(seed);
  const faults = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const fault = faultOf(random);
    faults.set(fault, (faults.get(fault) ?? 0) + 1);
    const forward = () => ask(target, request, Buffer.concat(chunks));
    await misbehave(fault, random, forward, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** 55 in 100 requests pass as they are. */
function faultOf(random: Random): string {
  const list = ['refuse', 'lose', 'cut', 'repeat-request', 'repeat-bytes', '429', '503', 'delay'];
  return random.chance(0.55) ? 'none' : random.pick(list);
}

async function misbehave(
  fault: string,
  random: Random,
  forward: () => Promise<Answered>,
  response: ServerResponse,
): Promise<void> {
  if (fault === 'refuse') return void response.destroy();
  if (fault === '429' || fault === '503')
    return void response.writeHead(Number(fault), { 'retry-after': '0' }).end('busy');
  if (fault === 'delay') await delay(random.between(1, 100));
  // As a proxy does that loses the first answer and asks again.
  if (fault === 'repeat-request') await forward();
  const { status, headers, body } = await forward();
  if (fault === 'lose') return void response.destroy();
  const kept = [...headers].filter(([name]) => !DROPPED.includes(name));
  response.writeHead(status, [...kept, ['content-length', body.length]].flat() as string[]);
  const at = random.between(0, Math.max(0, body.length - 1));
  if (fault === 'cut') return void response.write(body.subarray(0, at), () => response.destroy());
  if (fault !== 'repeat-bytes') return void response.end(body);
  const repeated = Buffer.concat([body.subarray(0, at), body.subarray(at >> 1)]);
  response.write(repeated.subarray(0, body.length), () => response.destroy());
}

async function ask(target: string, request: IncomingMessage, body: Buffer): Promise<Answered> {
  const { method = 'GET', url = '/', headers } = request;
  const kept = Object.entries(headers).filter(
    ([name]) => !DROPPED.includes(name) && name !== 'host',
  );
  const answer = await fetch(target + url, {
    method,
    headers: kept as [string, string][],
    ...(body.length > 0 && { body }),
  });
  const { status } = answer;
  return { status, headers: answer.headers, body: Buffer.from(await answer.arrayBuffer()) };
}
