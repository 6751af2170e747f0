/** Processes in tests: whether they live, how to pause them, and programs that answer calls. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Sends SIGSTOP; resolves when the process stands still, with all its threads. */
export async function pauseProcess(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  while (isAlive(pid) && !standsStill(pid)) await delay(1);
}

export function resumeProcess(pid: number): void {
  process.kill(pid, 'SIGCONT');
}

export interface ProgramOptions {
  readonly args?: readonly string[];
  /** For Node itself. Default: `--conditions=development`, so that packages load from source. */
  readonly execArgv?: readonly string[];
}

/** A forked program that answers calls; `serveCalls` is its other half. */
export interface Program extends AsyncDisposable {
  readonly pid: number;
  /** Resolves when the process has ended, to its code or the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** Rejects if the handler throws, and with `ProgramEndedError` if no answer can come any more. */
  call<T>(name: string, argument?: unknown): Promise<T>;
  /** Sends the signal and resolves when the process has ended. */
  end(signal: NodeJS.Signals): Promise<number | string>;
}

/** The program ended before it answered. Whether it did what it was asked is unknown. */
export class ProgramEndedError extends Error {
  override readonly name = 'ProgramEndedError';
  readonly code = 'PROGRAM_ENDED';
}

interface Call {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}
type Reply = { readonly id: number } & ({ readonly value: unknown } | { readonly error: string });

/** @param path A TypeScript file. Its stderr is shown. */
export function forkProgram(path: string | URL, options: ProgramOptions = {}): Program {
  const { args = [], execArgv = ['--conditions=development'] } = options;
  const child = fork(path, args, {
    execArgv: [...execArgv],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const pid = pidOf(child);
  const ended = once(child, 'exit').then(([code, signal]) => (signal ?? code) as number | string);
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let calls = 0;
  child.on('message', (reply: Reply) => {
    const caller = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('error' in reply) caller?.reject(new Error(reply.error));
    else caller?.resolve(reply.value);
  });
  child.on('error', () => {}); // a message to a process that is ending; `exit` follows
  child.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new ProgramEndedError());
    waiting.clear();
  });

  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    return await ended;
  };
  return {
    pid,
    ended,
    end,
    call: <T>(name: string, argument?: unknown) => {
      if (!child.connected) return Promise.reject(new ProgramEndedError());
      const id = ++calls;
      const answer = Promise.withResolvers<unknown>();
      waiting.set(id, answer);
      child.send({ id, name, argument } satisfies Call);
      return answer.promise as Promise<T>;
    },
    async [Symbol.asyncDispose]() {
      await end('SIGKILL');
    },
  };
}

/** In the forked program: answers calls until the parent ends, then ends too. */
export function serveCalls(handlers: Readonly<Record<string, (argument: never) => unknown>>): void {
  process.on('message', async ({ id, name, argument }: Call) => {
    try {
      const handler = handlers[name];
      if (handler === undefined) throw new TypeError(`no handler ${name}`);
      process.send?.({ id, value: await handler(argument as never) });
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? error.message : String(error) });
    }
  });
  process.on('disconnect', () => process.exit());
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('the program could not be started');
  return child.pid;
}

/** Only Linux reports it; elsewhere the signal takes effect soon after it is sent. */
function standsStill(pid: number): boolean {
  if (process.platform !== 'linux') return true;
  try {
    return readdirSync(`/proc/${pid}/task`).every((thread) => {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
      return /\) [TtZX] /.test(stat);
    });
  } catch {
    return false; // a thread that has just ended
  }
}
