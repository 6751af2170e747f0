import type { ScriptArgument } from '../../scripts/script.ts';
import type { PutOutcome, TierUsage } from '../../tier.ts';

/** The operations of a tier on Redis, with or without bookkeeping. They reject with ioredis' errors. */
export interface Keyspace {
  entryKey(key: string): string;
  /** The bytes for which a value counts. */
  sizeOf(value: Buffer): number;
  /** `stamp` is the beginning of `value`. `px` 0: the entry is refused, and an older one is removed. */
  put(key: string, stamp: string, value: Buffer, px: number): Promise<PutOutcome>;
  /** The arguments of `storeEntry`; undefined: the keyspace has no books. */
  storeArguments(
    key: string,
    stamp: string,
    value: Buffer,
    px: number,
  ): readonly ScriptArgument[] | undefined;
  /** With `stamp`, only if the value begins with it. */
  remove(key: string, stamp?: string | Buffer): Promise<void>;
  /** Records a use after a hit, without waiting. */
  used(key: string): void;
  clear(): Promise<void>;
  usage(): Promise<Omit<TierUsage, 'errors'>>;
}
