/** HTTP headers that more than one package reads. */

/** Longest wait that a server can ask for. */
export const MAX_RETRY_AFTER_MS = 24 * 3_600_000;

/** `Retry-After` (RFC 9110, 10.2.3): seconds, or an HTTP date; from 0 to 24 h. Undefined: neither. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const waitMs = /^\d+$/.test(value) ? Number(value) * 1000 : dateOf(value) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), MAX_RETRY_AFTER_MS);
}

// All three forms of an HTTP date begin with the day's name; `Date.parse` alone would take "-5" too.
// The oldest of them (asctime) names no zone, and means UTC.
function dateOf(value: string): number {
  if (!/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(value)) return Number.NaN;
  return Date.parse(value.endsWith('GMT') ? value : `${value} GMT`);
}

/** `traceparent` (W3C Trace Context), of any version. Undefined for a malformed one, which counts as none. */
export function parseTraceparent(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  return /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/.test(value) ? value : undefined;
}
