/** What has become of the attempts to a receiver, since this process started. */
import type { Receiver } from '@deja/jobs';
import type { SendOutcome } from './outcome.ts';

export interface HostRecord {
  attempts: number;
  delivered: number;
  lastStatus: number | undefined;
  /** Times of the last answers. Unit: ms. */
  readonly answerMs: number[];
}

const MAX_ANSWERS = 100;

export const newRecord = (): HostRecord => ({
  ...{ attempts: 0, delivered: 0, lastStatus: undefined, answerMs: [] },
});

export function recordOutcome(host: HostRecord, outcome: SendOutcome, durationMs: number): void {
  if (outcome.kind === 'failed' && outcome.reason === 'aborted') return;
  host.attempts += 1;
  if (outcome.kind === 'delivered') host.delivered += 1;
  if (outcome.statusCode === undefined) return;
  host.lastStatus = outcome.statusCode;
  host.answerMs.push(durationMs);
  if (host.answerMs.length > MAX_ANSWERS) host.answerMs.shift();
}

/** @param restsMs For how long nothing is sent to it. */
export function receiverOf(
  name: string,
  { attempts, delivered, lastStatus, answerMs, failures }: HostRecord & { failures: number },
  restsMs: number,
): Receiver {
  const sorted = [...answerMs].sort((a, b) => a - b);
  const p95Ms = sorted[Math.ceil(0.95 * sorted.length) - 1];
  return {
    host: name,
    state: restsMs > 0 ? 'rests' : failures > 0 ? 'silent' : 'answers',
    ...{ restsMs: Math.round(restsMs), attempts, delivered },
    ...(lastStatus !== undefined && { lastStatus }),
    ...(p95Ms !== undefined && { p95Ms: Math.round(p95Ms) }),
  };
}
