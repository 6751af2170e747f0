/** An API, a worker, and programs that use them: the command, and the examples. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { SLEEP, setUp } from './many-stage.ts';
import { temporaryDir } from './processes.ts';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const COMMAND = `${ROOT}packages/client/dist/cli/main.js`;
export const PATIENCE = { timeout: 60_000, interval: 20 };

interface Ended {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly heard: { stdout: string; stderr: string };
  readonly ended: Promise<Ended>;
}

export interface StartOptions {
  readonly stdin?: string | undefined;
  /** Nothing comes, and no end. */
  readonly isStdinOpen?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** As a user starts it: none of vitest's own options. */
export function start(
  command: string,
  args: readonly string[],
  { stdin, isStdinOpen = false, env = {}, cwd = ROOT }: StartOptions = {},
): Running {
  const path = `${ROOT}node_modules/.bin:${process.env.PATH}`;
  const child = spawn(command, args, {
    cwd,
    env: { HOME: String(process.env.HOME), PATH: path, ...env },
    stdio: [stdin === undefined && !isStdinOpen ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const heard = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    heard.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    heard.stderr += text;
  });
  if (!isStdinOpen) child.stdin?.end(stdin);
  const ended = once(child, 'close').then(([code, signal]) => ({ code: signal ?? code, ...heard }));
  return { child, heard, ended };
}

export async function setUpCommand(env: Readonly<Record<string, string>> = {}) {
  const stage = await setUp({ DEJA_MODELS: SLEEP, ...env });
  const dir = temporaryDir();
  const startCommand = (args: readonly string[], options: StartOptions = {}) =>
    start(process.execPath, [COMMAND, ...args], {
      ...options,
      env: { DEJA_URL: stage.url, ...options.env },
    });
  return {
    ...{ url: stage.url, dir: dir.path, startCommand },
    deja: async (args: readonly string[], options: StartOptions = {}) =>
      await startCommand(args, options).ended,
    /** A run of the command that must end well. */
    async data(...args: string[]): Promise<string> {
      const { code, stdout, stderr } = await startCommand(args).ended;
      expect(code, stderr).toBe(0);
      return stdout;
    },
    async [Symbol.asyncDispose]() {
      await stage[Symbol.asyncDispose]();
      dir[Symbol.dispose]();
    },
  };
}

/** Series in long form, 60 days each. */
export function manyCsv(count: number, level: number): string {
  const rows = ['unique_id,ds,y\n'];
  for (let at = 0; at < count; at += 1)
    for (let day = 0; day < 60; day += 1) {
      const ds = new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10);
      rows.push(`s${at},${ds},${1000 * level + at + day + 5 * Math.sin(day)}\n`);
    }
  return rows.join('');
}
