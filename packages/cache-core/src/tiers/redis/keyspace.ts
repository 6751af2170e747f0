import type { PutOutcome, TierUsage } from '../../tier.ts';

/** What a tier does on Redis, with books or without. Rejects with whatever ioredis does. */
export interface Keyspace {
  entryKey(key: string): string;
  /** What a value counts for, in bytes. */
  sizeOf(value: Buffer): number;
  /** `stamp` begins `value`. `px` 0: the entry is refused, and an older one goes. */
  put(key: string, stamp: string, value: Buffer, px: number): Promise<PutOutcome>;
  /** `stamp`: only if the value begins with it. */
  remove(key: string, stamp?: string | Buffer): Promise<void>;
  /** Called after a hit; waits for nothing. */
  used(key: string): void;
  clear(): Promise<void>;
  usage(): Promise<Omit<TierUsage, 'errors'>>;
}
