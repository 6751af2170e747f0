/** Holds .env.example and docs/settings.md against the schemas of the settings. */
import { parseEnv } from 'node:util';
import { apiConfigSchema, apiSettings } from '@deja/api/config';
import { loadConfig } from '@deja/runtime';
import { workerConfigSchema, workerSettings } from '@deja/worker/config';
import { describe, expect, test } from 'vitest';
import { read, readCode, VARIABLE } from './files.ts';

interface Setting {
  readonly name: string;
  /** As one would write it; empty: none. */
  readonly value: string;
  readonly readBy: 'both' | 'API' | 'worker';
}

/** Defaults that differ from machine to machine, as the table names them. */
const OF_THE_MACHINE: Readonly<Record<string, string>> = { WORKER_CONCURRENCY: 'cores' };

const api = Object.entries(apiSettings.shape);
const worker = Object.entries(workerSettings.shape);

const settings: readonly Setting[] = Object.entries({
  ...apiSettings.shape,
  ...workerSettings.shape,
}).map(([name, schema]) => {
  const isOfApi = api.some(([other]) => other === name);
  const isOfWorker = worker.some(([other]) => other === name);
  const readBy = isOfApi && isOfWorker ? 'both' : isOfApi ? 'API' : 'worker';
  const value = name in OF_THE_MACHINE ? '' : String(schema.parse(undefined) ?? '');
  return { name, value, readBy };
});

/** The cells of the table's rows whose first cell is a variable; `\`` taken off. */
function rowsOf(markdown: string): readonly (readonly string[])[] {
  const cells = (line: string) => line.split('|').map((cell) => cell.trim().replace(/^`|`$/g, ''));
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => cells(line).slice(1, -1));
}

const [table = '', compose = ''] = read('docs/settings.md').split('## With Docker Compose');

describe('docs/settings.md', () => {
  const rows = rowsOf(table);

  test('names every setting once, and nothing else', () => {
    expect(rows.map(([name]) => name).sort()).toEqual(settings.map(({ name }) => name).sort());
  });

  test.each(settings)('$name: its default and who reads it', ({ name, value, readBy }) => {
    const [, told, , toldReader, meaning] = rows.find(([other]) => other === name) ?? [];

    expect({ told, toldReader }).toEqual({
      told: OF_THE_MACHINE[name] ?? (value || 'none'),
      toldReader: readBy,
    });
    expect(meaning).toMatch(/\w+/);
  });

  test('names what the compose file alone reads, with its defaults', () => {
    const variables = [...readCode('docker-compose.yml').matchAll(VARIABLE)];
    const own = variables
      .map(([, name = '', fallback = '']) => [name, fallback])
      .filter(([name]) => settings.every((setting) => setting.name !== name));
    const told = rowsOf(compose).map(([name, fallback]) => [name, fallback]);

    expect(told.sort()).toEqual(own.sort());
  });
});

describe('.env.example', () => {
  const lines = read('.env.example').split('\n');
  const assignments = lines.filter((line) => /^#?\w+=/.test(line));

  test('lists every setting once, and nothing else, with its default', () => {
    const expected = settings.map(({ name, value }) => `#${name}=${value}`);

    expect([...assignments].sort()).toEqual([...expected].sort());
  });

  test('a copy of it changes nothing', () => {
    expect(parseEnv(lines.join('\n'))).toEqual({});
  });

  test('a copy without any # is valid, and changes nothing either', () => {
    const env = parseEnv(assignments.map((line) => line.slice(1)).join('\n'));

    expect(loadConfig(apiConfigSchema, env)).toEqual(loadConfig(apiConfigSchema, {}));
    expect(loadConfig(workerConfigSchema, env)).toEqual(loadConfig(workerConfigSchema, {}));
  });
});
