/** The message that tells a run's end to the processes whose requests wait for it (lua/close.ts). */
import type { EndedJob } from '../runs/run.ts';

export interface RunEnd {
  /** The jobs that ended with the run, as far as the message names them. */
  readonly jobs: ReadonlySet<string>;
  /** Undefined: there is none, or it is too large for a message and must be read. */
  readonly job: EndedJob | undefined;
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
