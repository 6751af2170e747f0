/** The set-up of the conformance suite: a tier whose clock the test moves, and entries for it. */
import { randomBytes } from 'node:crypto';
import type { Entry, EntryHeader, Token } from '../entry.ts';
import type { Tier } from '../tier.ts';

export interface TierSettings {
  readonly now: () => number;
  readonly maxBytes: number;
}

export interface TierUnderTest extends AsyncDisposable {
  readonly tier: Tier;
  /** Changes the entry's stored bytes behind the tier's back. Absent: the tier stores objects. */
  readonly corrupt?: (key: string) => Promise<void>;
}

export interface EntryParts extends Partial<Omit<EntryHeader, 'token'>> {
  readonly token?: Partial<Token>;
  readonly body?: Buffer;
}

export const randomKey = (): string => randomBytes(32).toString('hex');

/** An entry that lives for a minute, with the given `parts` changed. */
export function entryWith({ token, body = Buffer.from('{"a":1}'), ...parts }: EntryParts): Entry {
  const createdAt = parts.createdAt ?? Date.now();
  const header: EntryHeader = {
    key: randomKey(),
    model: 'forecast',
    tenant: 'default',
    tags: ['model:forecast', 'model_id:großhandel'],
    createdAt,
    freshUntil: createdAt + 30_000,
    staleUntil: createdAt + 60_000,
    log: 'log',
    runSeq: 1,
    computeMs: 12.5,
    digest: 'digest',
    ...parts,
    token: { epoch: 1_700_000_000_000, seq: 7, id: 'record', ...token },
  };
  return { header, body };
}

export const MAX_BYTES = 200_000;

export type TierStage = ReturnType<typeof stageOf>;

export function stageOf(open: (settings: TierSettings) => Promise<TierUnderTest>) {
  const start = Date.now();
  const setUp = async () => {
    let elapsedMs = 0;
    const opened = await open({ now: () => start + elapsedMs, maxBytes: MAX_BYTES });
    return {
      tier: opened.tier,
      corrupt: opened.corrupt ?? (async () => {}),
      pass: (ms: number) => {
        elapsedMs += ms;
      },
      entry: (parts: EntryParts = {}) => entryWith({ createdAt: start + elapsedMs, ...parts }),
      [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
    };
  };
  return { start, setUp };
}
