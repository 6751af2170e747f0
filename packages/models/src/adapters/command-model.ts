import { resolve } from 'node:path';
import type { z } from 'zod';
import { checkRange } from '../check-model.ts';
import { defineModel, type Model, type ModelDefinition } from '../define-model.ts';
import { CommandProcess } from './command.ts';
import { MAX_REPLY_BYTES } from './reply.ts';

/** The definition of a model as for `defineModel`, with a process instead of `compute`. */
export type CommandModelDefinition<
  I extends z.ZodType,
  O extends z.ZodType,
  N = z.output<I>,
> = Omit<ModelDefinition<I, O, N>, 'compute' | 'perSlot'> & {
  /** The program and its arguments, e.g. `['python3', 'model.py']`. No shell reads it. */
  readonly command: readonly [string, ...string[]];
  /** The directory in which it runs. Default: the worker's working directory. */
  readonly cwd?: string;
  /** Variables to add to those of the slot (`SLOT_ENV`); called when the process starts. Default: none. */
  readonly env?: () => Readonly<Record<string, string>>;
  /** The longest line that it may write to stdout. Unit: bytes. Default: 8 MiB. */
  readonly maxLineBytes?: number;
};

/**
 * Makes a model of a program in any language, which speaks JSON lines on stdin and stdout
 * (docs/models.md has the protocol). Each slot has its own process, which it starts once and uses
 * again. If the process crashes, or writes something that is not an answer, the run fails with a
 * message that says so, and the slot starts a new one. A run that is canceled or takes too long
 * kills the process and all it started.
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
  checkRange(definition.name, 'maxLineBytes', maxLineBytes, 1, MAX_REPLY_BYTES);
  const { permissions = [] } = definition;
  const log = (line: string) => console.error(`${definition.name}: ${line}`);
  const options = { command, cwd: resolve(cwd), env, maxLineBytes, log };
  let started: CommandProcess | undefined;
  return defineModel<I, O, N>({
    ...definition,
    permissions: ['child-process', ...permissions],
    async compute(input, context) {
      started ??= new CommandProcess(options);
      return (await started.compute(input, context)) as z.input<O>;
    },
  });
}
