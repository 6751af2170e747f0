/** An answer before it is sent, alone or as an item of a batch. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Problem } from '@deja/wire';
import type { Response } from 'express';
import { repliesOf } from '../http/replies-in-flight.ts';
import { requestIdOf } from '../http/request-id.ts';
import { UNAVAILABLE_RETRY_S } from './retry-after.ts';

export type Headers = Readonly<Record<string, string>>;

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** JSON, in parts: a large payload is sent from where it lies. */
  readonly body: readonly Buffer[];
}

export const JSON_TYPE = 'application/json; charset=utf-8';
const JSON_HEADERS = { 'Content-Type': JSON_TYPE };
const PROBLEM_TYPE = { 'Content-Type': 'application/problem+json' };
/** A smaller body is one part, which goes out in one write. */
const SMALL_BYTES = 64 * 1024;
const UNAVAILABLE = { 'Retry-After': String(UNAVAILABLE_RETRY_S) };

/** The headers with which every answer begins: names and values in turn. */
export function commonFields({ 'x-request-id': given }: IncomingHttpHeaders): string[] {
  const id = requestIdOf(given?.toString());
  return ['X-Request-Id', id, 'Cache-Control', 'no-store', 'X-Content-Type-Options', 'nosniff'];
}

export function jsonReply(
  value: unknown,
  { status = 200, headers = {} }: Partial<Omit<Reply, 'body'>> = {},
): Reply {
  return {
    status,
    headers: { ...headers, ...JSON_HEADERS },
    body: [Buffer.from(JSON.stringify(value))],
  };
}

/** Joins the members of `head` and the payload into one JSON object, without parsing the payload. */
export function payloadReply(head: object, payload: Buffer, headers: Headers = {}): Reply {
  const start = JSON.stringify(head).slice(0, -1);
  const comma = payload.length > 2 ? ',' : '';
  const body = inParts([Buffer.from(start + comma), payload.subarray(1)]);
  return { status: 200, headers: { ...headers, ...JSON_HEADERS }, body };
}

/** The same with the payload as the member `name`. */
export function memberReply(head: object, name: string, payload: Buffer, headers: Headers): Reply {
  const start = `${JSON.stringify(head).slice(0, -1)},"${name}":`;
  const body = inParts([Buffer.from(start), payload, Buffer.from('}')]);
  return { status: 200, headers: { ...headers, ...JSON_HEADERS }, body };
}

export function problemReply(problem: Problem, headers: Headers = {}): Reply {
  const { status } = problem;
  const retry = status === 503 ? UNAVAILABLE : {};
  const body = [Buffer.from(JSON.stringify(problem))];
  return { status, headers: { ...headers, ...retry, ...PROBLEM_TYPE }, body };
}

/** Joins replies into one document, in order. Their bodies are JSON already, so they are not parsed. */
export function itemsReply(items: readonly Reply[], headers: Headers): Reply {
  const parts: Buffer[] = [];
  for (const [at, { status, body }] of items.entries()) {
    const before = at === 0 ? '{"items":[' : '},';
    parts.push(Buffer.from(`${before}{"status":${status},"body":`), ...body);
  }
  parts.push(Buffer.from('}]}'));
  return { status: 200, headers: { ...headers, ...JSON_HEADERS }, body: inParts(parts) };
}

/** @throws ProblemError if clients already hold too much of what they do not read. */
export function send(res: Response, { status, headers, body }: Reply): void {
  repliesOf(res).holdSent(res, body);
  const length = body.reduce((sum, part) => sum + part.length, 0);
  res.status(status).set(headers).set('Content-Length', String(length));
  const [only = Buffer.alloc(0), ...more] = body;
  if (more.length === 0) return void res.end(only);
  res.cork();
  for (const part of body) res.write(part);
  res.end();
  res.uncork();
}

/** The same bytes with neighbours joined where they are small. */
function inParts(parts: readonly Buffer[]): Buffer[] {
  const joined: Buffer[] = [];
  let small: Buffer[] = [];
  const flush = () => {
    if (small.length > 0) joined.push(Buffer.concat(small));
    small = [];
  };
  for (const part of parts) {
    if (part.length < SMALL_BYTES) small.push(part);
    else {
      flush();
      joined.push(part);
    }
  }
  flush();
  return joined;
}
