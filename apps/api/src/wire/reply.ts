/** An answer before it is sent, alone or as an item of a batch. */
import type { Problem } from '@deja/wire';
import type { Response } from 'express';
import { UNAVAILABLE_RETRY_S } from './retry-after.ts';

export type Headers = Readonly<Record<string, string>>;

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** JSON. */
  readonly body: Buffer;
}

const JSON_TYPE = { 'Content-Type': 'application/json; charset=utf-8' };
const PROBLEM_TYPE = { 'Content-Type': 'application/problem+json' };
const UNAVAILABLE = { 'Retry-After': String(UNAVAILABLE_RETRY_S) };

export function jsonReply(
  value: unknown,
  { status = 200, headers = {} }: Partial<Omit<Reply, 'body'>> = {},
): Reply {
  return {
    status,
    headers: { ...headers, ...JSON_TYPE },
    body: Buffer.from(JSON.stringify(value)),
  };
}

/** Joins the members of `head` and the payload into one JSON object, without parsing the payload. */
export function payloadReply(head: object, payload: Buffer, headers: Headers = {}): Reply {
  const start = JSON.stringify(head).slice(0, -1);
  const comma = payload.length > 2 ? ',' : '';
  const body = Buffer.concat([Buffer.from(start + comma), payload.subarray(1)]);
  return { status: 200, headers: { ...headers, ...JSON_TYPE }, body };
}

export function problemReply(problem: Problem, headers: Headers = {}): Reply {
  const { status } = problem;
  const retry = status === 503 ? UNAVAILABLE : {};
  const body = Buffer.from(JSON.stringify(problem));
  return { status, headers: { ...headers, ...retry, ...PROBLEM_TYPE }, body };
}

/** Joins replies into one document, in order. Their bodies are JSON already, so they are not parsed. */
export function itemsReply(items: readonly Reply[]): Reply {
  const parts: Buffer[] = [Buffer.from('{"items":[')];
  for (const [at, { status, body }] of items.entries()) {
    const comma = at === 0 ? '' : ',';
    parts.push(Buffer.from(`${comma}{"status":${status},"body":`), body, Buffer.from('}'));
  }
  parts.push(Buffer.from(']}'));
  return { status: 200, headers: JSON_TYPE, body: Buffer.concat(parts) };
}

export function send(res: Response, { status, headers, body }: Reply): void {
  res.status(status).set(headers).end(body);
}
