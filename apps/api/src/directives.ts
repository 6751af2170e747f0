/**
 * What a request asks for besides its body: `Cache-Control` (RFC 9111 section 5.2.1), `Prefer`
 * (RFC 7240). A directive that is known and not built yet is refused by name, never ignored;
 * unknown ones are ignored, as both RFCs say.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { ProblemError } from './problem.ts';

export interface Directives {
  /** Compute anew, whatever is stored. */
  readonly noCache: boolean;
  /** `Prefer: wait`; unit: ms, not yet clamped. */
  readonly waitMs: number | undefined;
  /** `X-Cache-Min-Seq`: the invalidation that the answer must know of. */
  readonly minSeq: number | undefined;
}

const REFUSED_DIRECTIVES = new Set([
  'no-store',
  'max-age',
  'min-fresh',
  'max-stale',
  'only-if-cached',
  'stale-if-error',
  'stale-while-revalidate',
]);
const REFUSED_HEADERS = { 'idempotency-key': 'Idempotency-Key', 'cancel-after': 'Cancel-After' };

export function directivesOf(headers: IncomingHttpHeaders): Directives {
  for (const [header, name] of Object.entries(REFUSED_HEADERS)) {
    if (headers[header] !== undefined)
      throw new ProblemError('not-supported', `the header ${name} is not supported yet`);
  }
  if (headers.accept?.toLowerCase().includes('text/event-stream'))
    throw new ProblemError('not-supported', 'event streams are not supported yet; poll the job');
  return {
    noCache: asksNoCache(headers['cache-control']),
    waitMs: waitOf(headers.prefer),
    minSeq: minSeqOf(headers['x-cache-min-seq']),
  };
}

function asksNoCache(header: string | undefined): boolean {
  const names = membersOf(header).map((member) => member.split('=')[0]?.trim() ?? '');
  const refused = names.find((name) => REFUSED_DIRECTIVES.has(name));
  if (refused !== undefined)
    throw new ProblemError('not-supported', `Cache-Control: ${refused} is not supported yet`);
  return names.includes('no-cache');
}

/** `wait=10`, `respond-async, wait=10`, and a bare `wait`, which asks for as long as we allow. */
export function waitOf(header: string | string[] | undefined): number | undefined {
  const members = membersOf(Array.isArray(header) ? header.join(',') : header);
  for (const member of members) {
    const [name, value] = member.split(';')[0]?.split('=') ?? [];
    if (name?.trim() !== 'wait') continue;
    if (value === undefined) return Number.POSITIVE_INFINITY;
    const seconds = value.trim().replace(/^"(.*)"$/, '$1');
    if (!/^\d{1,9}$/.test(seconds))
      throw new ProblemError('malformed-request', 'Prefer: wait takes a whole number of seconds');
    return Number(seconds) * 1000;
  }
  return undefined;
}

function minSeqOf(header: string | string[] | undefined): number | undefined {
  if (header === undefined) return undefined;
  const seq = Number(header);
  if (Array.isArray(header) || !/^\d{1,15}$/.test(header) || !Number.isSafeInteger(seq))
    throw new ProblemError('malformed-request', 'X-Cache-Min-Seq takes the seq of an invalidation');
  return seq;
}

function membersOf(header: string | undefined): string[] {
  return (header ?? '').split(',').map((member) => member.trim().toLowerCase());
}
