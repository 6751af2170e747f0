export interface LogRecord {
  readonly seq: number;
  readonly id: string;
  readonly scope: string;
}

/** The records of a log by ascending seq. Records of tenants may be missing between them (R35). */
export class LogRecords {
  readonly #bySeq = new Map<number, LogRecord>();
  /** Made when a missing record is asked for. */
  #seqs: number[] | undefined;

  get(seq: number): LogRecord | undefined {
    return this.#bySeq.get(seq);
  }

  /** The id of record `seq`; of a missing one that of the record before it, whose id it had. */
  idAt(seq: number): string | undefined {
    return (this.#bySeq.get(seq) ?? this.#before(seq))?.id;
  }

  add(record: LogRecord): void {
    this.#bySeq.set(record.seq, record);
    this.#seqs = undefined;
  }

  delete(seq: number): void {
    if (this.#bySeq.delete(seq)) this.#seqs = undefined;
  }

  clear(): void {
    this.#bySeq.clear();
    this.#seqs = undefined;
  }

  all(): IterableIterator<LogRecord> {
    return this.#bySeq.values();
  }

  #before(seq: number): LogRecord | undefined {
    this.#seqs ??= [...this.#bySeq.keys()];
    let [low, high] = [0, this.#seqs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#seqs[middle] as number) < seq) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? undefined : this.#bySeq.get(this.#seqs[low - 1] as number);
  }
}
