/**
 * Request directives: `Cache-Control` (RFC 9111 section 5.2.1, RFC 5861), `Prefer` (RFC 7240) and
 * headers of our own. A malformed value is refused. Unknown directives are ignored, as the RFCs say.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Demand, InvalidationSeq } from '@deja/cache-core';
import { parseTraceparent } from '@deja/runtime/http-headers';
import { activeTraceparent } from '@deja/runtime/tracing';
import { ProblemError } from './problem.ts';

export interface Directives {
  /** Compute again and store the result, whatever is stored now. */
  readonly noCache: boolean;
  /** Compute for this request alone and store nothing. */
  readonly noStore: boolean;
  /** Answer from the cache, or not at all. */
  readonly onlyIfCached: boolean;
  /** How fresh a stored answer must be: `max-age`, `min-fresh`, `max-stale`. */
  readonly demand: Pick<Demand, 'maxAgeMs' | 'minFreshMs' | 'maxStaleMs'>;
  /** How long an answer may have been stale and still replace an error. Unit: ms. */
  readonly staleIfErrorMs: number | undefined;
  /** `Prefer: wait`; unit: ms, not yet clamped. */
  readonly waitMs: number | undefined;
  /** `Cancel-After`: the job's own deadline. Unit: ms. */
  readonly cancelAfterMs: number | undefined;
  /** The same key with the same question gives the same job for a day. */
  readonly idempotencyKey: string | undefined;
  /** `Accept: text/event-stream`: the job's events instead of its answer. */
  readonly wantsEvents: boolean;
  /** `X-Cache-Min-Seq`: the invalidation that the answering replica must know. */
  readonly minSeq: InvalidationSeq | undefined;
  /** The `traceparent` of the request's span, or else the client's, passed on with webhooks. */
  readonly trace: string | undefined;
}

export function directivesOf(headers: IncomingHttpHeaders): Directives {
  const control = cacheControlOf(headers['cache-control']);
  const has = (name: string) => control.has(name);
  const least = (name: string) => most(control.get(name), Math.min);
  return {
    noCache: has('no-cache'),
    noStore: has('no-store'),
    onlyIfCached: has('only-if-cached'),
    demand: {
      ...defined('maxAgeMs', least('max-age')),
      ...defined('minFreshMs', most(control.get('min-fresh'), Math.max)),
      ...defined('maxStaleMs', least('max-stale')),
    },
    staleIfErrorMs: least('stale-if-error'),
    waitMs: waitOf(headers.prefer),
    minSeq: minSeqOf(headers['x-cache-min-seq']),
    cancelAfterMs: cancelAfterOf(headers['cancel-after']),
    idempotencyKey: idempotencyKeyOf(headers['idempotency-key']),
    trace: activeTraceparent() ?? parseTraceparent(headers.traceparent?.toString()),
    wantsEvents: wantsEvents(headers.accept),
  };
}

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000 };

/** `30s`, `5m`, `2h`. */
function cancelAfterOf(header: string | string[] | undefined): number | undefined {
  if (header === undefined) return undefined;
  const [, count, unit] = /^([1-9]\d{0,5})([smh])$/.exec(String(header)) ?? [];
  if (count === undefined || unit === undefined)
    throw new ProblemError('malformed-request', 'Cancel-After takes 30s, 5m or 2h');
  return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

/** A structured string or bare characters (draft-ietf-httpapi-idempotency-key-header). */
function idempotencyKeyOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const key = unquoted(String(header).trim());
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new ProblemError('malformed-request', 'Idempotency-Key takes 1 to 255 visible characters');
}

const WITHOUT_VALUE = new Set(['no-cache', 'no-store', 'only-if-cached']);
const WITH_SECONDS = new Set(['max-age', 'min-fresh', 'max-stale', 'stale-if-error']);

/** The known directives, each with its values in ms. A directive can occur more than once. */
function cacheControlOf(header: string | undefined): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const member of partsOf(header, ',')) {
    const [name, value] = pairOf(member);
    if (!WITHOUT_VALUE.has(name) && !WITH_SECONDS.has(name)) continue;
    const values = found.get(name) ?? [];
    if (WITH_SECONDS.has(name)) values.push(secondsOf(name, value) * 1000);
    found.set(name, values);
  }
  return found;
}

/** RFC 9111 section 1.2.2: what is more counts as this. */
const MAX_SECONDS = 2 ** 31;

function secondsOf(name: string, value: string | undefined): number {
  if (value === undefined && name === 'max-stale') return Number.POSITIVE_INFINITY;
  if (value === undefined || !/^\d+$/.test(value))
    throw new ProblemError('malformed-request', `Cache-Control: ${name} takes a number of seconds`);
  return Math.min(Number(value), MAX_SECONDS);
}

/** Of several values, the strictest one counts. */
function most(
  values: readonly number[] | undefined,
  strictest: (...values: number[]) => number,
): number | undefined {
  return values === undefined ? undefined : strictest(...values);
}

function defined<K extends string>(name: K, value: number | undefined) {
  return (value === undefined ? {} : { [name]: value }) as { readonly [P in K]?: number };
}

/** `wait=10`, `respond-async, wait=10`, or a bare `wait`, which asks for the longest allowed wait. */
export function waitOf(header: string | string[] | undefined): number | undefined {
  for (const member of partsOf(header, ',')) {
    const [preference = ''] = partsOf(member, ';');
    const [name, value] = pairOf(preference);
    if (name !== 'wait') continue;
    if (!value) return Number.POSITIVE_INFINITY; // an empty value is none (RFC 7240 section 2)
    if (!/^\d+$/.test(value))
      throw new ProblemError('malformed-request', 'Prefer: wait takes a whole number of seconds');
    return Math.min(Number(value), MAX_SECONDS) * 1000;
  }
  return undefined;
}

/** Whether the client names the type, and likes it no less than JSON (RFC 9110 section 12.5.1). */
function wantsEvents(accept: string | undefined): boolean {
  if (!accept?.toLowerCase().includes('text/event-stream')) return false;
  const qualities = new Map(partsOf(accept, ',').map(qualityOf));
  const events = qualities.get('text/event-stream') ?? 0;
  return events > 0 && events >= (qualities.get('application/json') ?? 0);
}

function qualityOf(range: string): readonly [type: string, quality: number] {
  const [type = '', ...parameters] = partsOf(range, ';');
  const [, quality] = parameters.map(pairOf).find(([name]) => name === 'q') ?? [];
  return [type, quality === undefined ? 1 : Number(quality)];
}

/** A number, or an object of numbers by shard: what an invalidation was answered with. */
const MIN_SEQ = /^(?:\d{1,15}|\{"\d{1,2}":\d{1,15}(?:,"\d{1,2}":\d{1,15}){0,63}\})$/;

function minSeqOf(header: string | string[] | undefined): InvalidationSeq | undefined {
  if (header === undefined) return undefined;
  const text = Array.isArray(header) ? '' : header.replace(/[ \t]+/g, '');
  if (MIN_SEQ.test(text)) return text.startsWith('{') ? JSON.parse(text) : Number(text);
  throw new ProblemError('malformed-request', 'X-Cache-Min-Seq takes the seq of an invalidation');
}

/** The parts of a list, in lower case. A separator within a quoted string belongs to the string. */
function partsOf(header: string | string[] | undefined, separator: ',' | ';'): string[] {
  const parts = String(header ?? '').match(separator === ',' ? MEMBERS : PARAMETERS) ?? [];
  return parts.map((part) => part.trim().toLowerCase());
}

const MEMBERS = /(?:"(?:\\.|[^"\\])*"?|[^,"])+/g;
const PARAMETERS = /(?:"(?:\\.|[^"\\])*"?|[^;"])+/g;

function pairOf(part: string): readonly [name: string, value: string | undefined] {
  const at = part.indexOf('=');
  if (at < 0) return [part, undefined];
  return [part.slice(0, at).trim(), unquoted(part.slice(at + 1).trim())];
}

const unquoted = (value: string): string => value.replace(/^"(.*)"$/, '$1');
