import type { ApiContext } from '../context.ts';
import type { Question } from './question.ts';

/** A place among the requests that wait, until it is disposed of. */
export interface GrantedWait extends Disposable {
  /** 0: it must not wait. */
  readonly waitMs: number;
}

const NO_WAIT: GrantedWait = { waitMs: 0, [Symbol.dispose]() {} };

/**
 * How long the request waits: as it asks, MAX_WAIT allows, and while fewer than MAX_WAITERS wait, and
 * fewer of its tenant than there is room for.
 */
export function grantWait(
  { directives, isBulk, clientSignal, principal: { tenant } }: Question,
  { config, waits }: ApiContext,
): GrantedWait {
  if (clientSignal.aborted) return NO_WAIT;
  if (isBulk) return { ...NO_WAIT, waitMs: config.jobDeadlineMs };
  const waitMs = Math.min(directives.waitMs ?? 0, config.maxWaitMs);
  if (waitMs === 0 || waits.fullFor(tenant)) return NO_WAIT;
  const place = waits.hold(tenant);
  return { waitMs, [Symbol.dispose]: () => place[Symbol.dispose]() };
}
