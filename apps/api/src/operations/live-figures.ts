/**
 * The overview as a stream: a snapshot each second, computed once however many people look.
 *
 * Promises, each with a test of the same name:
 *
 *  - one computation a second for all viewers, and none while nobody looks;
 *  - a viewer that reads slowly misses snapshots, and delays nobody;
 *  - a viewer that may read them no longer is left within a snapshot.
 */
import type { Response } from 'express';

export interface LiveFiguresOptions {
  readonly read: () => Promise<object>;
  readonly onError: (error: unknown) => void;
  /** Unit: ms. Default: 1000. */
  readonly everyMs?: number;
}

/** Of one replica. More would be a loop somewhere. */
export const MAX_VIEWERS = 100;

export class LiveFigures {
  readonly #options: LiveFiguresOptions;
  /** Each with what leaves it if it may read no longer. */
  readonly #viewers = new Map<Response, () => void>();
  #timer: NodeJS.Timeout | undefined;
  #isBusy = false;
  #last: string | undefined;

  constructor(options: LiveFiguresOptions) {
    this.#options = options;
  }

  get viewers(): number {
    return this.#viewers.size;
  }

  /**
   * Sends to it until its client leaves, `signal` aborts or `mayRead` says no, which it is asked with each
   * snapshot. The response has begun as a stream.
   */
  add(res: Response, signal: AbortSignal, mayRead: () => Promise<boolean>): void {
    const check = () => void mayRead().then((may) => may || leave(), leave);
    this.#viewers.set(res, check);
    const leave = () => {
      this.#viewers.delete(res);
      signal.removeEventListener('abort', leave);
      res.end();
      if (this.#viewers.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#last = undefined;
    };
    signal.addEventListener('abort', leave);
    if (signal.aborted) leave();
    else if (this.#last) res.write(this.#last);
    if (this.#timer || this.#viewers.size === 0) return;
    void this.#next();
    this.#timer = setInterval(() => void this.#next(), this.#options.everyMs ?? 1000);
  }

  /** While the figures cannot be read, a comment says that the stream lives. */
  async #next(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      const figures = await this.#options.read();
      this.#last = `event: overview\nid: ${Date.now()}\ndata: ${JSON.stringify(figures)}\n\n`;
      this.#send(this.#last);
    } catch (error) {
      this.#options.onError(error);
      this.#send(': figures cannot be read\n\n');
    } finally {
      this.#isBusy = false;
    }
  }

  #send(event: string): void {
    for (const [res, check] of this.#viewers) {
      if (!res.writableNeedDrain) res.write(event);
      check();
    }
  }
}
