/** Asks the API that served the page. What is not 2xx becomes an ApiError with its problem. */
import { wantLogin } from '../state/session.ts';
import type { Problem } from './documents.ts';

/** The API answered with a problem (RFC 9457), or not at all: status 0. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code = 'API_ERROR';
  readonly problem: Problem;
  readonly retryAfterS: number | undefined;

  constructor(problem: Problem, retryAfterS?: number) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
    this.retryAfterS = retryAfterS;
  }
}

/** `/ui/` and what lies before it belong to the page; the API's routes begin where that ends. */
export const apiBase = (pathname: string): string => pathname.replace(/\/ui(\/.*)?$/, '');

/** Where the API listens, for commands that people copy. */
export const apiAddress = (): string => location.origin + apiBase(location.pathname);

const addressOf = (path: string): string => apiBase(location.pathname) + path;

export type Query = Readonly<Record<string, string | number | undefined>>;

/** Members that are undefined or empty are left out. */
export function pathWith(path: string, query: Query): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') params.set(name, String(value));
  return params.size === 0 ? path : `${path}?${params}`;
}

export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const res = await fetch(addressOf(path), init).catch((cause: unknown) => {
    if (init.signal?.aborted) throw cause;
    const detail = 'The API does not answer.';
    throw new ApiError({ type: 'about:blank', title: 'No answer', status: 0, detail });
  });
  if (res.ok) return res;
  const problem = await problemOf(res);
  if (problem.type === 'urn:deja:problem:unauthenticated') wantLogin();
  throw new ApiError(problem, Number(res.headers.get('retry-after')) || undefined);
}

/** Also of an answer that is no JSON, such as one of a proxy. */
async function problemOf(res: Response): Promise<Problem> {
  const told: unknown = await res.json().catch(() => undefined);
  if (typeof told === 'object' && told !== null && 'title' in told) return told as Problem;
  const detail =
    res.status === 401
      ? 'The operators’ routes ask for the user admin and ADMIN_PASSWORD.'
      : `The API answered ${res.status} ${res.statusText}.`;
  return { type: 'about:blank', title: res.statusText, status: res.status, detail };
}

export const read = async <T>(path: string, signal?: AbortSignal): Promise<T> =>
  (await request(path, signal ? { signal } : {})).json() as Promise<T>;

export const remove = async <T>(path: string): Promise<T> =>
  (await request(path, { method: 'DELETE' })).json() as Promise<T>;

/** An answer and how the cache came to it. 202: the body is a job. */
export interface Answered<T> {
  readonly body: T;
  readonly status: number;
  readonly xCache: string | undefined;
  readonly tier: string | undefined;
  readonly reason: string | undefined;
  readonly key: string | undefined;
  readonly ageS: number | undefined;
}

export async function post<T>(
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered<T>> {
  const json = body === undefined ? {} : { 'Content-Type': 'application/json' };
  const res = await request(path, {
    method: 'POST',
    headers: { ...json, ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const header = (name: string) => res.headers.get(name) ?? undefined;
  const age = header('age');
  return {
    body: (await res.json()) as T,
    status: res.status,
    xCache: header('x-cache'),
    tier: header('x-cache-tier'),
    reason: header('x-cache-reason'),
    key: header('x-cache-key'),
    ageS: age === undefined ? undefined : Number(age),
  };
}
