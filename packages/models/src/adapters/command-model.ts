import { resolve } from 'node:path';
import type { z } from 'zod';
import { defineModel, type Model, type ModelDefinition } from '../define-model.ts';
import { CommandProcess } from './command.ts';

/** A model as `defineModel` takes it, with a process in place of `compute`. */
export type CommandModelDefinition<
  I extends z.ZodType,
  O extends z.ZodType,
  N = z.output<I>,
> = Omit<ModelDefinition<I, O, N>, 'compute' | 'perSlot'> & {
  /** The program and its arguments, e.g. `['python3', 'model.py']`. No shell reads it. */
  readonly command: readonly [string, ...string[]];
  /** Where it runs. Default: the worker's working directory. */
  readonly cwd?: string;
  /** Added to the worker's environment, asked for when the process is started. Default: nothing. */
  readonly env?: () => Readonly<Record<string, string>>;
  /** Longest line that it may write to stdout. Unit: bytes. Default: 8 MiB. */
  readonly maxLineBytes?: number;
};

/**
 * A model that a program in any language computes: JSON lines on its stdin and stdout
 * (docs/models.md has the protocol). Each slot has a process of its own, which is started once and
 * used again. Its crash, and whatever it writes that is no answer, fail the run with a message that says
 * so, and it is started anew; a run that is canceled or takes too long kills it with all it started.
 */
export function commandModel<I extends z.ZodType, O extends z.ZodType, N = z.output<I>>({
  command,
  cwd = '.',
  env = () => ({}),
  maxLineBytes = 8 * 1024 * 1024,
  ...definition
}: CommandModelDefinition<I, O, N>): Model {
  if (!Array.isArray(command) || command.length === 0 || command[0] === '')
    throw new TypeError(`model "${definition.name}": command must be a program and its arguments`);
  const log = (line: string) => console.error(`${definition.name}: ${line}`);
  const options = { command, cwd: resolve(cwd), env, maxLineBytes, log };
  let started: CommandProcess | undefined;
  return defineModel<I, O, N>({
    ...definition,
    async compute(input, context) {
      started ??= new CommandProcess(options);
      return (await started.compute(input, context)) as z.input<O>;
    },
  });
}
