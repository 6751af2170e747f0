/** What an error of Redis or of its connection means. */
import { ReplyError } from 'ioredis';

/** Replies for which the server or its configuration is to blame, and which may pass. */
const TROUBLE: ReadonlySet<string> = new Set([
  ...['LOADING', 'BUSY', 'OOM', 'MISCONF', 'NOREPLICAS', 'READONLY', 'MASTERDOWN'],
  ...['CLUSTERDOWN', 'TRYAGAIN', 'UNBLOCKED', 'NOAUTH', 'WRONGPASS', 'NOPERM'],
]);
const MAX_REASON_CHARS = 200;
/** Redis 6.2 wraps the error of a command within a script. */
const WRAPPED = /^ERR Error running script .*? -(?=[A-Z]+ )/;
/** Redis 7 adds where it happened. */
const PLACE = /\s*script: \w+, on @user_script:\d+\.?$/;

/** What ioredis says of a Cluster or of sentinels that it cannot reach, or that lead it astray. */
const OF_SEVERAL =
  /^(Cluster isn't ready|Cluster is |None of startup nodes|No subscriber for the cluster|Too many Cluster redirections|Failed to refresh slots cache|All sentinels are unreachable|Command aborted due to connection close)/;

/** Redis 6.2 and 7.0 have no code for a right that is missing within a script. */
const NO_RIGHT = /^ERR (?:Error running script .*?)?(?=The user executing the script can't )/;

const textOf = ({ message }: { readonly message: string }): string =>
  message.replace(WRAPPED, '').replace(NO_RIGHT, 'NOPERM ').replace(PLACE, '');

/** The code of an error that Redis replied, also from within a script: `OOM`, `READONLY`, … */
export function replyCodeOf(error: unknown): string | undefined {
  if (!(error instanceof ReplyError && error instanceof Error)) return undefined;
  return /^([A-Z]+) /.exec(textOf(error))?.[1];
}

/** Whether Redis replied that it cannot or may not do now what it was asked. */
export function isTrouble(error: unknown): boolean {
  return TROUBLE.has(replyCodeOf(error) ?? '');
}

/** Whether the server is a replica: a connection to the primary must be made again. */
export function isReplicaReply(error: unknown): boolean {
  const code = replyCodeOf(error);
  return code === 'READONLY' || code === 'MASTERDOWN';
}

/**
 * Whether an error means that Redis is unavailable now and may recover: no connection, no answer in
 * time, or an answer that says so. Any other error that Redis answers is a mistake of ours.
 */
export function isRedisAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof ReplyError) return isTrouble(error);
  return (
    /^(Connection is closed|Command timed out|Stream isn't writeable|Socket timeout)/.test(
      error.message,
    ) ||
    OF_SEVERAL.test(error.message) ||
    error.name === 'MaxRetriesPerRequestError' ||
    ('code' in error && /^E[A-Z]+$/.test(String(error.code)))
  );
}

/** Whether it only says that there is no connection: an earlier error said why. */
export function isConsequence({ message }: Error): boolean {
  return /^(Connection is closed|Stream isn't writeable|None of startup nodes|timeout$)/.test(
    message,
  );
}

/** What is wrong, in one line that names no host: what Redis replied, or why there is no connection. */
export function reasonOf(error: Error): string {
  if (error instanceof ReplyError) return textOf(error).slice(0, MAX_REASON_CHARS);
  if (error.message.startsWith('Socket timeout')) return 'it does not answer';
  if (error.message.startsWith('All sentinels')) return 'no sentinel answers and knows the primary';
  const cause = 'code' in error ? String(error.code) : error.message;
  return `no connection: ${cause}`.slice(0, MAX_REASON_CHARS);
}
