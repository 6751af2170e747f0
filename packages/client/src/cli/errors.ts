/** What went wrong, in one line with what to do, and the exit code. */
import { DejaConnectionError, DejaProblemError, DejaTimeoutError } from '../errors.ts';
import { UsageError } from './usage-error.ts';

export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  timedOut: 3,
  unreachable: 4,
  interrupted: 130,
} as const;

export interface Ending {
  readonly code: number;
  readonly line: string;
}

const REMEDIES: Readonly<Record<string, string>> = {
  'auth-needed': 'the server lets only its own machine in; set AUTH there',
  unauthenticated: 'set DEJA_API_KEY',
  'insufficient-scope': 'use a key with more scopes in DEJA_API_KEY',
  'not-found': 'see deja models, or check DEJA_URL',
  'job-unknown': 'ask again',
  'job-gone': 'ask again',
  'queue-full': 'try again later, or start more workers',
  'queue-unavailable': 'try again later; the server cannot reach Redis',
  'about:blank': 'is DEJA_URL the address of Deja?',
  'host-refused': 'ask under a name of the server, or add this one to its ALLOWED_HOSTS',
};

/** @param hint How the command is called for help. */
export function endingOf(error: unknown, hint: string): Ending {
  if (error instanceof UsageError)
    return { code: EXIT.usage, line: `${error.message}; see ${hint} --help` };
  if (error instanceof DejaTimeoutError)
    return {
      code: EXIT.timedOut,
      line: `${error.message}: go on with deja jobs watch ${error.job.id}`,
    };
  if (error instanceof DejaConnectionError)
    return {
      code: EXIT.unreachable,
      line: `${error.message}: is Deja running there? set DEJA_URL`,
    };
  if (error instanceof DejaProblemError) {
    const later = error.retryAfterS === undefined ? [] : [`again in ${error.retryAfterS} s`];
    const remedy = [REMEDIES[error.code] ?? [], later].flat().join('; ');
    const log = error.code === 'internal' && error.requestId ? ` (request ${error.requestId})` : '';
    const line = `${error.message}${log} [${error.code}]${remedy && `: ${remedy}`}`;
    return { code: error.code === 'job-expired' ? EXIT.timedOut : EXIT.failed, line };
  }
  const { message } = error instanceof Error ? error : { message: String(error) };
  return { code: EXIT.failed, line: message };
}
