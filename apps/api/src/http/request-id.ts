import { newRunId } from '@deja/jobs';

/** The client's own request id where it is well formed, else a new one. */
export function requestIdOf(given: string | undefined): string {
  return given !== undefined && /^[\w.:-]{1,128}$/.test(given) ? given : newRunId();
}
