/** R's prophet in a process of its own: one question at a time, on stdin. */
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ProphetParameters } from '../../packages/models/src/prophet/optimiser/problem.ts';

export interface Took {
  readonly fitMs: number;
  readonly predictMs: number;
  /** Of the last date. */
  readonly yhat: number;
}

export interface Peer extends AsyncDisposable {
  readonly version: string;
  /** @param csv Path of a file with the columns ds and y. */
  ask(csv: string, periods: number): Promise<Took>;
  /** What it finds, without bounds; undefined: it finds no fit. */
  fit(csv: string, periods: number): Promise<Found | undefined>;
}

export interface Found {
  readonly parameters: ProphetParameters;
  readonly yhat: readonly number[];
}

/** undefined: there is no Rscript on the PATH, or its R has no prophet. */
export async function startPeer(): Promise<Peer | undefined> {
  const probe = ['-e', 'quit(status = !requireNamespace("prophet", quietly = TRUE))'];
  if (spawnSync('Rscript', probe).status !== 0) return undefined;
  const script = fileURLToPath(new URL('peer.R', import.meta.url));
  const child = spawn('Rscript', [script], { stdio: ['pipe', 'pipe', 'ignore'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const wordsOf = async (first: string): Promise<string[]> => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error('R ended');
      const words = value.trim().split(' ');
      if (words[0] === first) return words.slice(1);
    }
  };
  const [version = 'of unknown version'] = await wordsOf('ready');
  return {
    version,
    async ask(csv, periods) {
      child.stdin.write(`${csv} ${periods}\n`);
      const [fitMs, predictMs, yhat] = (await wordsOf('took')).map(Number);
      return { fitMs: fitMs ?? 0, predictMs: predictMs ?? 0, yhat: yhat ?? 0 };
    },
    async fit(csv, periods) {
      child.stdin.write(`${csv} ${periods} parameters\n`);
      const numbers = (await wordsOf('found')).filter(Boolean).map(Number);
      if (numbers.length === 0) return undefined;
      const take = (count: number) => numbers.splice(0, count);
      const [k = 0, m = 0, sigmaObs = 0] = take(3);
      const delta = Float64Array.from(take(take(1)[0] ?? 0));
      const beta = Float64Array.from(take(take(1)[0] ?? 0));
      return { parameters: { k, m, delta, beta, sigmaObs }, yhat: numbers };
    },
    async [Symbol.asyncDispose]() {
      const { promise: ended, resolve } = Promise.withResolvers<void>();
      child.once('close', () => resolve());
      child.stdin.end();
      await ended;
    },
  };
}
