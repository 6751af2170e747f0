/** What a command of `deja` declares, and what it is given. */
import type { ParseArgsOptionsConfig } from 'node:util';
import type { Deja } from '../client.ts';
import type { Output } from './output.ts';
import { UsageError } from './usage-error.ts';

export interface CommandOption {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  /** What its value is called in the help. */
  readonly value?: string;
  readonly help: string;
}

export type Values = Readonly<Record<string, string | boolean | undefined>>;

export interface CommandContext {
  readonly deja: Deja;
  readonly values: Values;
  readonly positionals: readonly string[];
  readonly out: Output;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
}

export interface Command {
  /** One or two words. */
  readonly name: string;
  /** What follows the name: `FILE|-`. */
  readonly arguments: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, CommandOption>>;
  readonly example: string;
  /** The least and the most arguments. */
  readonly takes: readonly [least: number, most: number];
  /** Resolves to the exit code. */
  run(context: CommandContext): Promise<number>;
}

export const WAIT_OPTION = {
  wait: { type: 'string', value: 'S', help: 'wait at most S seconds for the answer (300)' },
} as const satisfies Record<string, CommandOption>;

export const INPUT_OPTION = {
  input: {
    type: 'string',
    short: 'i',
    value: 'JSON|@FILE|-',
    help: 'the input as JSON, from a file, or from stdin',
  },
} as const satisfies Record<string, CommandOption>;

/** Of every command. */
export const COMMON_OPTIONS = {
  json: { type: 'boolean', help: 'print the whole answer as JSON' },
  url: { type: 'string', value: 'URL', help: 'of the API ($DEJA_URL, or http://127.0.0.1:8000)' },
  help: { type: 'boolean', short: 'h', help: 'print this' },
} as const satisfies Record<string, CommandOption>;

export const parseOptions = (command: Command): ParseArgsOptionsConfig =>
  Object.fromEntries(
    Object.entries({ ...command.options, ...COMMON_OPTIONS }).map(([name, { type, ...rest }]) => [
      name,
      { type, ...('short' in rest && rest.short !== undefined && { short: rest.short }) },
    ]),
  );

export function textOption(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** @throws {UsageError} if it is no number from `least` on. */
export function numberOption(values: Values, name: string, least = 0): number | undefined {
  const text = textOption(values, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < least)
    throw new UsageError(`--${name} takes a number from ${least} on, not ${JSON.stringify(text)}`);
  return value;
}

/** How long commands wait. Unit: s. */
export const waitOf = (values: Values): number => numberOption(values, 'wait') ?? 300;
