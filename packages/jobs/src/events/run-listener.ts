import type { EndedJob } from '../runs/run.ts';

/** What a run came to, as its message tells it. */
export interface RunEnd {
  /** The jobs that ended with the run, as far as the message names them. */
  readonly jobs: ReadonlySet<string>;
  /** Undefined: there is none, or it is too large for a message and must be read. */
  readonly job: EndedJob | undefined;
}

export type OnNotify = (end?: RunEnd) => void;

/** Hears of the end of a run, from when it was made until it is disposed of. */
export class RunListener implements Disposable {
  readonly run: string;
  /** What the run came to, if a message said so. */
  end: RunEnd | undefined;
  readonly #unwatch: () => void;
  #wake = Promise.withResolvers<void>();

  constructor(run: string, watch: (onNotify: OnNotify) => () => void) {
    this.run = run;
    this.#unwatch = watch((end) => {
      if (end?.job) this.end = end;
      this.#wake.resolve();
    });
  }

  /** Resolves at the first notification since it was made, or since `listenOn`. */
  get woken(): Promise<void> {
    return this.#wake.promise;
  }

  listenOn(): void {
    this.#wake = Promise.withResolvers();
  }

  [Symbol.dispose](): void {
    this.#unwatch();
  }
}

/** @param message `end <run>`, and where it is little: what it came to as JSON, a line feed, the result. */
export function parseRunEnd(message: string): RunEnd {
  const at = message.indexOf('\n');
  if (at < 0) return { jobs: new Set(), job: undefined };
  const [, run = '', ...json] = message.slice(0, at).split(' ');
  const { status, fenced, jobs, epoch, seq, id, runSeq } = JSON.parse(json.join(' '));
  const token = { epoch: Number(epoch), seq: Number(seq), id };
  const result = Buffer.from(message.slice(at + 1));
  const computation = { token, runSeq: Number(runSeq) };
  return { jobs: new Set(jobs), job: { run, status, fenced, result, computation } };
}
