import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const script = new URL('./fill-memory.ts', import.meta.url).pathname;

const contents: [string, number[]][] = [
  ['mixed entries', [0, 300, 300, 300, 3000, 12_000, 40_000, 300_000]],
  ['small entries', [300]],
];

test.each(contents)(
  'filled ten times over with %s, takes at most 1.25 times its bound of the process',
  async (_, sizes) => {
    const flags = ['--expose-gc', '--conditions=development'];
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...flags,
      script,
      ...sizes.map(String),
    ]);

    expect(Number(stdout)).toBeGreaterThan(0.7);
    expect(Number(stdout)).toBeLessThan(1.25);
  },
  60_000,
);
