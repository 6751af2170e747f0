/** What the server answered, and what it means. */
import { DejaConnectionError, DejaProblemError } from './errors.ts';
import type { Problem } from './types.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** If it is an object in JSON. */
  readonly json: object | undefined;
}

/** The JSON of an answer; a login page of a proxy, say, is a DejaProblemError. */
export function jsonOf({ status, headers, text, json }: Reply): unknown {
  if (json === undefined) throw problemOf(status, headers, text);
  return json;
}

/** The JSON that the headers promise. @throws {DejaConnectionError} if it was damaged on its way */
export function wholeJson(headers: Headers, text: string): object | undefined {
  if (!/^application\/json\b/.test(headers.get('content-type') ?? '')) return undefined;
  return parseWhole(text);
}

/** JSON, or a line of it. @throws {DejaConnectionError} if it was damaged on its way */
export function parseWhole(text: string): object {
  const parsed = parse(text);
  if (parsed === undefined) throw new DejaConnectionError('the answer was damaged on its way');
  return parsed;
}

/** The error of an answer that is none, or that is not Deja's. */
export function problemOf(status: number, headers: Headers, text: string): DejaProblemError {
  const context = {
    retryAfterS: retryAfterS(headers),
    requestId: headers.get('x-request-id') ?? undefined,
  };
  const type = headers.get('content-type') ?? 'no content type';
  const parsed = type.startsWith('application/problem+json') ? parse(text) : undefined;
  const place = headers.get('location');
  const detail = place && status < 400 ? `it leads to ${place}` : undefined;
  const problem = {
    type: 'about:blank',
    title: `HTTP ${status} without a problem document (${type})`,
    ...(detail && { detail }),
    ...(parsed as Partial<Problem> | undefined),
    status,
  };
  return new DejaProblemError(problem, context);
}

/** Unit: s. */
export function retryAfterS(headers: Headers): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1000));
}

function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
