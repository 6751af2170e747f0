/** Files, stdin and JSON of the command line. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { textOf } from '../lines.ts';
import { UsageError } from './usage-error.ts';

/** The text of a file as it comes; `-`: of stdin. */
export async function* readParts(path: string): AsyncGenerator<string, void> {
  const stream = path === '-' ? process.stdin : createReadStream(path);
  stream.setEncoding('utf8');
  try {
    for await (const part of stream) yield String(part);
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${(error as Error).message}`);
  }
}

/** `JSON`, `@file` or `-`. @throws {UsageError} */
export async function readJson(source: string | undefined): Promise<unknown> {
  if (source === undefined) throw new UsageError('--input is missing: JSON, @FILE, or - for stdin');
  const text = source === '-' ? await textOf(readParts('-')) : await textAt(source);
  return parseJson(text, source.startsWith('@') ? source.slice(1) : '--input');
}

/** @throws {UsageError} */
export function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${name} is not JSON: ${(error as Error).message}`);
  }
}

async function textAt(source: string): Promise<string> {
  if (!source.startsWith('@')) return source;
  try {
    return await readFile(source.slice(1), 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${source.slice(1)}: ${(error as Error).message}`);
  }
}
