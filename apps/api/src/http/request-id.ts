import { newRunId } from '@deja/jobs';

/** The client's own request id if it is well formed, otherwise a new one. */
export function requestIdOf(given: string | undefined): string {
  return given !== undefined && /^[\w.:-]{1,128}$/.test(given) ? given : newRunId();
}
