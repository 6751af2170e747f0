/** `Retry-After` (RFC 9110 section 10.2.3): decided here, for every answer. Unit: whole seconds. */

const MAX_RETRY_S = 60;

/** Of every 503: what is out of reach, or full, is tried again soon. */
export const UNAVAILABLE_RETRY_S = 1;

/**
 * Of a job that has not ended: 1 to 60.
 *
 * @param leftMs How long until its run ends; undefined: nobody can say.
 */
export function retryAfterS(leftMs: number | undefined): number {
  return Math.min(MAX_RETRY_S, Math.max(1, Math.ceil((leftMs ?? 0) / 1000)));
}
