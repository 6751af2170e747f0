/**
 * Asks, invalidates, and asks again, all the time: an answer after the acknowledgement must not come from
 * a computation that began before the invalidation was sent.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { call, post } from '@deja/testing';

const PAUSE_MS = 100;
/** No other client asks these. */
const FIRST_ID = 1_000_000;
const IDS = 5;

export interface InvalidatorReport {
  readonly acknowledged: number;
  readonly refused: number;
  /** Answers after an acknowledgement, and those of them that were not to be. */
  readonly answers: number;
  readonly stale: readonly string[];
}

/** @param computations Lines of the models' file: id and nonce of what has begun. */
export function startInvalidator(url: string, computations: () => readonly string[]) {
  const stopping = new AbortController();
  const report = { acknowledged: 0, refused: 0, answers: 0, stale: [] as string[] };
  const nonceOf = async (id: number): Promise<string | undefined> => {
    const answer = post(`${url}/models/tally/run`, { id }, { Prefer: 'wait=5' });
    const { status, body } = await answer.catch(() => ({ status: 0, body: undefined }));
    return status === 200 ? String(body.output.nonce) : undefined;
  };
  const round = async (id: number) => {
    const first = await nonceOf(id);
    const begun = new Set(computations().map((line) => line.split(' ')[1]));
    if (first !== undefined) begun.add(first);
    const deleted = call(`${url}/cache`, { method: 'DELETE' });
    const { status } = await deleted.catch(() => ({ status: 0 }));
    if (status !== 200) {
      report.refused += 1;
      return;
    }
    report.acknowledged += 1;
    for (let again = 0; again < 2; again += 1) {
      const nonce = await nonceOf(id);
      if (nonce === undefined) continue;
      report.answers += 1;
      if (begun.has(nonce)) report.stale.push(`${id}: ${nonce}`);
    }
  };
  const loop = (async () => {
    for (let n = 0; !stopping.signal.aborted; n += 1) {
      await round(FIRST_ID + (n % IDS));
      await delay(PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => {});
    }
  })();
  return async (): Promise<InvalidatorReport> => {
    stopping.abort();
    await loop;
    return report;
  };
}
