/** What the tests here read: the compose file and the Dockerfile, as plain data. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export const ROOT = new URL('../../', import.meta.url);

export const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

/** The lines of a file that are not comments as a whole. */
export const readCode = (path: string): string => read(path).replace(/^[ \t]*#.*\n/gm, '');

export interface Service {
  readonly build?: string;
  readonly image?: string;
  readonly user?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly (string | { readonly type: string; readonly target: string })[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly [option: string]: unknown;
}

interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/** `${NAME:-default}`, the one form that the compose file uses. */
export const VARIABLE = /\$\{(\w+):-([^}]*)\}/g;

/** The compose file as `docker compose` sees it with these variables in its environment. */
export function readCompose(variables: Readonly<Record<string, string>> = {}): ComposeFile {
  const fill = (text: string) =>
    text.replace(VARIABLE, (_, name: string, fallback: string) => variables[name] || fallback);
  return parse(read('docker-compose.yml'), {
    merge: true,
    reviver: (_key, value) => (typeof value === 'string' ? fill(value) : value),
  }) as ComposeFile;
}

export function serviceOf(compose: ComposeFile, name: string): Service {
  const service = compose.services[name];
  if (service === undefined) throw new Error(`docker-compose.yml has no service "${name}"`);
  return service;
}

export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** The instructions of the Dockerfile's last stage, which is the image. */
export function readImage(): readonly Instruction[] {
  const instructions = readCode('Dockerfile')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [name = '', ...rest] = line.trim().split(/\s+/);
      return { name: name.toUpperCase(), text: rest.join(' ') };
    });
  return instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'));
}

/** The text of the image's last instruction of that name: the one that holds. */
export function imageSetting(name: string): string {
  const text = readImage().findLast((instruction) => instruction.name === name)?.text;
  if (text === undefined) throw new Error(`the image has no ${name}`);
  return text;
}

/** The variables that the image sets for whatever runs in it. */
export function imageEnv(): Record<string, string> {
  const pairs = imageSetting('ENV').split(' ');
  return Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string]));
}
