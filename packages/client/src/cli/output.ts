/** Data goes to stdout, everything else to stderr. */
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import process from 'node:process';
import { UsageError } from './usage-error.ts';

export interface Output {
  /** Writes data and waits while the reader is slower. */
  data(text: string): Promise<void>;
  /** A line for people. What a server or a file says moves no cursor. */
  note(text: string): void;
  /** Several lines for people, with colours. */
  draw(text: string): void;
  /** Replaces the line before, on a terminal only. Empty: clears it. */
  status(text: string): void;
  readonly isTerminal: boolean;
  /** Columns of the terminal. */
  readonly width: number;
  readonly hasColour: boolean;
}

export function createOutput(): Output {
  const { stdout, stderr, env } = process;
  const isTerminal = stderr.isTTY === true;
  let hasStatus = false;
  const clear = () => {
    if (hasStatus) stderr.write('\r\x1b[K');
    hasStatus = false;
  };
  // `deja … | head` closes the pipe when it has enough.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    isTerminal,
    width: stderr.columns ?? 80,
    hasColour: isTerminal && !env.NO_COLOR && env.TERM !== 'dumb',
    async data(text) {
      if (isTerminal) clear();
      if (!stdout.write(text)) await once(stdout, 'drain');
    },
    note(text) {
      clear();
      stderr.write(`${oneLine(text)}\n`);
    },
    draw(text) {
      clear();
      stderr.write(`${text}\n`);
    },
    status(text) {
      if (!isTerminal) return;
      clear();
      if (text === '') return;
      stderr.write(oneLine(text).slice(0, (stderr.columns ?? 80) - 1));
      hasStatus = true;
    },
  };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it takes away
const oneLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');

export interface DataFile {
  write(text: string): Promise<void>;
  close(): Promise<void>;
}

/** A file for data, or stdout without one. Whole texts are written, so that what is there is whole at any time. */
export async function openData(path: string | undefined, out: Output): Promise<DataFile> {
  if (path === undefined || path === '-') return { write: out.data, close: async () => {} };
  const file = await open(path, 'w').catch((error: Error) => {
    throw new UsageError(`cannot write ${path}: ${error.message}`);
  });
  return { write: (text) => file.appendFile(text), close: () => file.close() };
}
