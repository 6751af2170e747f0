/**
 * A cache behind a POST, written by hand, as a process: `node server.ts <variant>`. Its parent sends it
 * the answer that it has stored, and it sends its port. See `VARIANTS`.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import express from 'express';
import fastify from 'fastify';

export interface Stored {
  /** What every question is answered with. */
  readonly answer: string;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const BODY_LIMIT = 8 * 1024 * 1024;

const keyOf = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

/** The least that a server can do: it reads the question and answers with bytes that lie ready. */
function raw(answer: Buffer): RequestListener {
  return (req, res) => {
    req.on('data', () => {});
    req.on('end', () => {
      res.writeHead(200, { 'Content-Type': JSON_TYPE, 'Content-Length': answer.length });
      res.end(answer);
    });
  };
}

/** The same answer as one string, behind as many headers as a HIT has. */
function withHeaders(answer: Buffer): RequestListener {
  const text = answer.toString('latin1');
  const { cache_key: key } = JSON.parse(answer.toString());
  let requests = 0;
  return (req, res) => {
    req.on('data', () => {});
    req.on('end', () => {
      requests += 1;
      const fields = ['X-Request-Id', `01JDMZ8Q6W0000000000${requests}`];
      fields.push('Cache-Control', 'no-store', 'X-Content-Type-Options', 'nosniff');
      fields.push('X-Cache', 'HIT', 'X-Cache-Key', key, 'X-Cache-Tier', 'memory', 'Age', '12');
      fields.push('Cache-Status', 'deja; hit; ttl=3588; detail=memory', 'Content-Type', JSON_TYPE);
      fields.push('Content-Length', String(answer.length));
      res.writeHead(200, fields);
      res.end(text, 'latin1');
    });
  };
}

/** Express with a map of answers by the SHA-256 of the parsed question. */
function byHand(answer: Buffer): RequestListener {
  const answers = new Map<string, Buffer>();
  const app = express();
  app.post('/ask', express.json({ limit: BODY_LIMIT }), (req, res) => {
    const key = keyOf(JSON.stringify(req.body));
    const known = answers.get(key) ?? answer;
    answers.set(key, known);
    res.set({ 'Content-Type': JSON_TYPE, 'X-Cache': 'HIT', 'X-Cache-Key': key }).end(known);
  });
  return app;
}

/** Express with bentocache, as its documentation shows it. */
function bento(answer: Buffer): RequestListener {
  const value = JSON.parse(answer.toString());
  const cache = new BentoCache({
    default: 'memory',
    stores: { memory: bentostore().useL1Layer(memoryDriver()) },
  });
  const app = express();
  app.post('/ask', express.json({ limit: BODY_LIMIT }), async (req, res) => {
    const key = keyOf(JSON.stringify(req.body));
    res.json(await cache.getOrSet({ key, ttl: '1h', factory: () => value }));
  });
  return app;
}

/** Fastify with the same map. */
async function withFastify(answer: Buffer): Promise<RequestListener> {
  const answers = new Map<string, Buffer>();
  const app = fastify({ bodyLimit: BODY_LIMIT });
  app.post('/ask', (req, reply) => {
    const key = keyOf(JSON.stringify(req.body));
    const known = answers.get(key) ?? answer;
    answers.set(key, known);
    return reply.headers({ 'X-Cache': 'HIT', 'X-Cache-Key': key }).type(JSON_TYPE).send(known);
  });
  await app.ready();
  return (req, res) => app.routing(req, res);
}

const VARIANTS: Record<string, (answer: Buffer) => RequestListener | Promise<RequestListener>> = {
  ...{ raw, headers: withHeaders, express: byHand, fastify: withFastify, bentocache: bento },
};

const variant = VARIANTS[process.argv[2] ?? ''];
if (!variant) throw new Error(`variants: ${Object.keys(VARIANTS).join(', ')}`);
const [{ answer }] = (await once(process, 'message')) as [Stored];
const server = createServer(await variant(Buffer.from(answer)));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.on('disconnect', () => process.exit(0));
process.send?.({ port: (server.address() as AddressInfo).port });
