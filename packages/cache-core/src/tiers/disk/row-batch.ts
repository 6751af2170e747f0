import type { EntryHeader } from '../../entry.ts';
import { TierError } from '../../errors.ts';
import type { PutOutcome } from '../../tier.ts';
import type { DiskConnection } from './connection.ts';
import type { Stored } from './table.ts';

/** An entry whose row waits to be written. */
interface WaitingRow {
  readonly header: EntryHeader;
  readonly stored: Stored;
  readonly resolve: (outcome: PutOutcome) => void;
  readonly reject: (error: unknown) => void;
}

export interface RowBatchOptions {
  readonly disk: DiskConnection;
  readonly now: () => number;
  /** Called before each transaction. */
  readonly onFlush: () => void;
  /** Called with how many entries were evicted to make room. */
  readonly onEvict: (count: number) => void;
}

/**
 * Writes rows, those of one turn of the event loop in one transaction: of small entries it costs more
 * than the rows. What fails in the tier fails all of them; a row that is wrong by itself, only this one.
 */
export class RowBatch {
  readonly #options: RowBatchOptions;
  #waiting: WaitingRow[] = [];

  constructor(options: RowBatchOptions) {
    this.#options = options;
  }

  /** Resolves once the row is committed. */
  async put(header: EntryHeader, stored: Stored): Promise<PutOutcome> {
    const { promise, resolve, reject } = Promise.withResolvers<PutOutcome>();
    if (this.#waiting.length === 0) setImmediate(() => this.flush());
    this.#waiting.push({ header, stored, resolve, reject });
    return await promise;
  }

  /** Writes the rows that wait, before something that must come after them. */
  flush(): void {
    const rows = this.#waiting;
    if (rows.length === 0) return;
    this.#waiting = [];
    this.#options.onFlush();
    try {
      this.#write(rows);
    } catch (error) {
      if (error instanceof TierError) for (const { reject } of rows) reject(error);
      else for (const row of rows) this.#writeAlone(row);
    }
  }

  #write(rows: readonly WaitingRow[]): void {
    const { disk, now, onEvict } = this.#options;
    const { outcomes, evicted } = disk.write(({ table }) => table.put(rows, now()));
    onEvict(evicted);
    for (const [at, { resolve }] of rows.entries()) resolve(outcomes[at] as PutOutcome);
  }

  #writeAlone(row: WaitingRow): void {
    try {
      this.#write([row]);
    } catch (error) {
      row.reject(error);
    }
  }
}
