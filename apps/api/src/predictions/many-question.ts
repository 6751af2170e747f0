/** One of many questions, as its reader passes it on. */
import { ProblemError } from '../wire/problem.ts';

export interface ManyQuestion {
  /** From 0. */
  readonly index: number;
  readonly modelId: string | undefined;
  /** What its input takes in memory, roughly. */
  bytes: number;
  /** Throws what is wrong with the question. Taken away as soon as nobody needs it. */
  input: () => unknown;
}

export const failing = (error: unknown) => (): never => {
  throw error;
};

export const tooLarge = (maxBodyBytes: number) =>
  failing(new ProblemError('body-too-large', `a question has at most ${maxBodyBytes} bytes`));
