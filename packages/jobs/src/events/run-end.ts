/** The message that tells a run's end to the processes whose requests wait for it (lua/close.ts). */
import type { EndedJob, FinalStatus } from '../runs/run.ts';

export interface RunEnd {
  /** The jobs that ended with the run, as far as the message names them. */
  readonly jobs: ReadonlySet<string>;
  /** Undefined: there is none, or it is too large for a message and must be read. */
  readonly job: EndedJob | undefined;
}

const UNNAMED: RunEnd = { jobs: new Set(), job: undefined };

/**
 * @param message `end <run>`, and where it is little: `<state> <fenced> <epoch> <seq> <runSeq> <id>
 *   <job,job,…>`, a line feed, the result.
 */
export function parseRunEnd(message: string): RunEnd {
  const at = message.indexOf('\n');
  if (at < 0) return UNNAMED;
  const head = message.slice(0, at).split(' ');
  const [, run = '', status, fenced, epoch, seq, runSeq, id = '', jobs = ''] = head;
  return {
    jobs: new Set(jobs.split(',')),
    job: {
      run,
      status: status as FinalStatus,
      fenced: fenced === '1',
      result: Buffer.from(message.slice(at + 1)),
      computation: {
        token: { epoch: Number(epoch), seq: Number(seq), id },
        runSeq: Number(runSeq),
      },
    },
  };
}
