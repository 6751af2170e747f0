/** An answer before it is sent, alone or as an item of a batch. */

import type { Problem } from '@deja/wire';
import type { Response } from 'express';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: Buffer;
}

const JSON_TYPE = { 'Content-Type': 'application/json; charset=utf-8' };
const PROBLEM_TYPE = { 'Content-Type': 'application/problem+json' };

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

/** Joins the members of `head` and the stored payload into one JSON object, without parsing the payload. */
export function payloadReply(
  head: object,
  payload: Buffer,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  const start = JSON.stringify(head).slice(0, -1);
  const comma = payload.length > 2 ? ',' : '';
  const body = Buffer.concat([Buffer.from(start + comma), payload.subarray(1)]);
  return { status: 200, headers: { ...headers, ...JSON_TYPE }, body };
}

export function problemReply(
  problem: Problem,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  const body = Buffer.from(JSON.stringify(problem));
  return { status: problem.status, headers: { ...headers, ...PROBLEM_TYPE }, body };
}

export function send(res: Response, { status, headers, body }: Reply): void {
  res.status(status).set(headers).end(body);
}
