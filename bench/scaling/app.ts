/** An API or a worker as a process of its own, from source. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface App extends AsyncDisposable {
  /** The line of its log that was waited for. */
  readonly line: Readonly<Record<string, unknown>>;
  readonly pid: number;
}

/** As `npm start` does, but from source. */
const FLAGS = ['--conditions=development', '--max-semi-space-size=8'];

/** Resolves when its log has a line whose `msg` is `until`. */
export async function startApp(
  name: 'api' | 'worker',
  env: Readonly<Record<string, string>>,
  until: string,
): Promise<App> {
  const main = fileURLToPath(new URL(`../../apps/${name}/src/main.ts`, import.meta.url));
  const child = spawn(process.execPath, [...FLAGS, main], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const line = await new Promise<App['line']>((resolve, reject) => {
    createInterface(child.stdout).on('line', (text) => {
      const seen = JSON.parse(text);
      if (seen.msg === until) resolve(seen);
    });
    void exited.then(() => reject(new Error(`the ${name} ended at its start`)));
  });
  return {
    line,
    pid: child.pid as number, // it has logged
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
