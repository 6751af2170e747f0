/**
 * The HIT path: repeated questions are answered from memory in front of Express, in one write.
 *
 * Promises, each with a test of the same name:
 *
 *  - its answers are those of the Express way, byte for byte, and count the same;
 *  - it answers nothing that Express would refuse, and nothing that a header asks to be treated in
 *    another way;
 *  - what it reads and cannot answer, Express gets whole;
 *  - a body is known by equal bytes or by its SHA-256.
 */
import type {
  IncomingHttpHeaders,
  IncomingMessage,
  RequestListener,
  ServerResponse,
} from 'node:http';
import { type Count, type Entry, isDue, tierField } from '@deja/cache-core';
import type { Principal } from '@deja/keys';
import type { Model } from '@deja/models';
import type { ApiContext } from '../context.ts';
import { type Arrived, handOn, letGo, readArriving } from '../http/arriving-body.ts';
import type { Authentication } from '../http/authentication.ts';
import type { SharedBytes } from '../http/byte-budget.ts';
import { isCrossSite } from '../http/cors.ts';
import { hostGate } from '../http/hosts.ts';
import { mayAsk } from '../http/principal.ts';
import { COUNTED_BYTES } from '../http/replies-in-flight.ts';
import { hitTracer } from '../http/request-span.ts';
import type { RequestCounter } from '../operations/request-metrics.ts';
import { memoryHit } from '../wire/result.ts';
import { digestOf, type KnownBodies } from './known-bodies.ts';
import { rpmOf } from './question.ts';

export interface HitPathOptions {
  readonly auth: Authentication;
  readonly bodies: SharedBytes;
  readonly known: KnownBodies;
  readonly requests: RequestCounter;
}

interface Target {
  readonly model: Model;
  readonly route: string;
  /** From this share of an answer's life on, it is computed anew in the background: not here. */
  readonly eagerRefresh: number;
  /** What a HIT counts as. */
  readonly hits: readonly Count[];
  readonly savedMs: Count;
}

const JSON_TYPES = new Set([
  'application/json',
  'application/json; charset=utf-8',
  'application/json;charset=utf-8',
]);
/** Headers that ask for more than a stored answer. */
const TO_EXPRESS = new Set([
  ...['content-encoding', 'expect', 'transfer-encoding', 'origin', 'idempotency-key'],
  ...['cache-control', 'cancel-after', 'x-cache-min-seq'],
]);
/** A larger payload is written from where it lies. */
const TEXT_BYTES = 8 * 1024;

/** Calls `next`, which is Express, for whatever it does not answer. */
export function hitPath(
  context: ApiContext,
  { auth, bodies, known, requests }: HitPathOptions,
  next: RequestListener,
): RequestListener {
  const { config, cache, hitRates, simulation, stopping, tenantCounts } = context;
  const targets = targetsOf(context, requests);
  const isRefused = hostGate(config);
  const traceHit = hitTracer(config.traceHitRatio);

  /** What is asked, and for whom. */
  const targetOf = (req: IncomingMessage): readonly [Target, Principal] | undefined => {
    const target = req.method === 'POST' ? targets.get(req.url as string) : undefined;
    if (!target || !isPlain(req.headers) || isRefused(req) !== undefined) return undefined;
    const principal = auth.knownAtOnce(req, 'ask');
    return principal && mayAsk(principal, target.model.name) ? [target, principal] : undefined;
  };

  const answer = (
    [target, principal]: readonly [Target, Principal],
    body: Arrived,
    req: IncomingMessage,
    res: ServerResponse,
  ) => {
    const { model, eagerRefresh } = target;
    const { tenant } = principal;
    const now = Date.now();
    let key = known.keptKey(model, body.parts, tenant);
    let digest: string | undefined;
    if (key === undefined && body.error === undefined) {
      digest = digestOf(model, body.parts, tenant);
      key = known.key(digest);
      if (key !== undefined) known.keep(model, body.parts, key, tenant);
    }
    const entry = key === undefined ? undefined : cache.peek(key, now, tenant);
    if (key === undefined || !isSendable(entry) || isDue(entry.header, now, eagerRefresh)) {
      handOn(req, digest === undefined ? body : { ...body, digest });
      return next(req, res);
    }
    const taken = hitRates.take(tenant, rpmOf(principal, config.tenantLimits), now);
    if (taken && taken.waitMs > 0) {
      handOn(req, body);
      return next(req, res); // which refuses it
    }
    res.on('finish', () => {
      for (const count of target.hits) count.n += 1;
      target.savedMs.n += entry.header.computeMs;
      if (tenant !== undefined) {
        const own = tenantCounts.of(tenant).requests(model.name);
        own.hit.memory.n += 1;
        own.savedMs.n += entry.header.computeMs;
      }
      simulation.hit({ entry, tier: 'memory' });
      if (traceHit) traceHit(req, res, target.route, key);
    });
    if (stopping.aborted) res.shouldKeepAlive = false;
    letGo(body);
    const { fields, start } = memoryHit(req.headers, { key, entry, answeredAt: now, rate: taken });
    res.writeHead(200, fields);
    const { body: payload } = entry;
    if (payload.length < TEXT_BYTES)
      return void res.end(start + payload.toString('latin1', 1), 'latin1');
    res.cork();
    res.write(start, 'latin1');
    res.end(payload.subarray(1));
    res.uncork();
  };

  return (req, res) => {
    const length = Number(req.headers['content-length']);
    const target = length > 0 && length <= config.maxBodyBytes ? targetOf(req) : undefined;
    if (!target) return next(req, res);
    const budget = bodies.of(target[1].tenant);
    readArriving(req, res, { length, budget }, (body) => answer(target, body, req, res));
  };
}

/** A larger answer counts as one that its client has not read. */
const isSendable = (entry: Entry | undefined): entry is Entry =>
  entry !== undefined && entry.body.length < COUNTED_BYTES;

function isPlain(headers: IncomingHttpHeaders): boolean {
  if (!JSON_TYPES.has(headers['content-type'] as string) || isCrossSite(headers)) return false;
  for (const name in headers) if (TO_EXPRESS.has(name)) return false;
  const { accept, prefer } = headers;
  if (accept !== undefined && accept !== '*/*' && /event-stream/i.test(accept)) return false;
  return prefer === undefined || (typeof prefer === 'string' && /^wait=\d+$/.test(prefer));
}

function targetsOf(context: ApiContext, requests: RequestCounter): ReadonlyMap<string, Target> {
  const { models, counters, requests: countsOf } = context;
  const targets = new Map<string, Target>();
  const add = (url: string, route: string, model: Model | undefined) => {
    if (!model?.cache) return;
    const { hit, savedMs } = countsOf(model.name);
    const inMemory = counters.count(tierField('memory', 'hits'));
    targets.set(url, {
      ...{ model, route, savedMs, hits: [hit.memory, inMemory, requests.hits(route)] },
      eagerRefresh: model.cache.eagerRefresh ?? Number.POSITIVE_INFINITY,
    });
  };
  add('/forecast', '/forecast', models.get('forecast'));
  add('/predict', '/predict', models.get('sentiment'));
  for (const { name } of models.values())
    add(`/models/${name}/run`, '/models/:name/run', models.get(name));
  return targets;
}
