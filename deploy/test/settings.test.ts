/** Holds docs/settings.md, .env.example and docker-compose.yml against the schemas of the settings. */
import { parseEnv } from 'node:util';
import { apiConfigSchema, apiSettings } from '@deja/api/config';
import { loadConfig } from '@deja/runtime';
import { workerConfigSchema, workerSettings } from '@deja/worker/config';
import { describe, expect, test } from 'vitest';
import { renderEnvExample, renderTables, settings } from '../../scripts/render-settings.ts';
import { imageEnv, read, readCode, readCompose, serviceOf, VARIABLE } from './files.ts';

const RENEW = 'npm run docs:settings';
const schemas = { api: apiSettings, worker: workerSettings };
const apps = Object.entries(schemas).map(([name, schema]) => ({
  name,
  own: Object.keys(schema.shape),
}));

/** The cells of the table's rows whose first cell is a variable; `\`` taken off. */
function rowsOf(markdown: string): readonly (readonly string[])[] {
  const cells = (line: string) => line.split('|').map((cell) => cell.trim().replace(/^`|`$/g, ''));
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => cells(line).slice(1, -1));
}

describe('descriptions', () => {
  test('every setting of an app has one, in one area', () => {
    const described = settings.map(({ name }) => name);

    expect([...described].sort()).toEqual([...new Set(apps.flatMap(({ own }) => own))].sort());
  });

  test.each(settings)('$name: sentences that fit into a table', ({ description }) => {
    expect(description).toMatch(/^[^|\n]+\.$/);
  });
});

describe('docs/settings.md', () => {
  const page = read('docs/settings.md');
  const [tables = '', compose = ''] = page.split('## With Docker Compose');

  test('is current', () => {
    expect(page, RENEW).toBe(renderTables(page));
  });

  test.each(settings)('tells the default of $name, and who reads it', (setting) => {
    const [, told, unit, readBy] = rowsOf(tables).find(([name]) => name === setting.name) ?? [];

    expect({ told, unit, readBy }).toEqual({
      told: setting.defaultText ?? (setting.value || 'none'),
      unit: setting.unit,
      readBy: setting.readBy,
    });
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
  const text = read('.env.example');
  const assignments = text.split('\n').filter((line) => /^#\w+=/.test(line));

  test('is current', () => {
    expect(text, RENEW).toBe(renderEnvExample());
  });

  test('a copy of it changes nothing', () => {
    expect(parseEnv(text)).toEqual({});
  });

  test('a copy without any # is valid, and changes nothing either', () => {
    const env = parseEnv(assignments.map((line) => line.slice(1)).join('\n'));

    expect(Object.keys(env)).toHaveLength(settings.length);
    expect(loadConfig(apiConfigSchema, env)).toEqual(loadConfig(apiConfigSchema, {}));
    expect(loadConfig(workerConfigSchema, env)).toEqual(loadConfig(workerConfigSchema, {}));
  });
});

describe('docker-compose.yml', () => {
  /** Settings that the containers decide, so that nothing is handed on. */
  const DECIDED: Readonly<Record<string, string>> = {
    REDIS_URL: 'a service of the file',
    REDIS_HOST: 'REDIS_URL stands for it',
    REDIS_PORT: 'REDIS_URL stands for it',
    CACHE_REDIS_URL: 'a service of the file',
    CACHE_MAX_REDIS_MB: 'the cache Redis is bounded by its own maxmemory',
    CACHE_DIR: 'where the volume is mounted',
    HOST: 'who can reach the API is decided where its port is published',
    PORT: 'the published port is another one',
    HEALTH_FILE: 'read by the health check',
  };
  const compose = readCompose();
  const environmentOf = (name: string) => serviceOf(compose, name).environment ?? {};

  test.each(apps)('every variable of $name is a setting of it', ({ name, own }) => {
    expect(own).toEqual(expect.arrayContaining(Object.keys(environmentOf(name))));
  });

  test.each(apps)('every setting of $name can be set from outside', ({ name, own }) => {
    const given = Object.fromEntries(own.map((setting) => [setting, `<${setting}>`]));
    const { environment = {} } = serviceOf(readCompose(given), name);

    for (const setting of own.filter((setting) => !(setting in DECIDED)))
      expect(environment, setting).toHaveProperty(setting, `<${setting}>`);
  });

  test('API and workers are given the same shared settings', () => {
    const shared = settings.filter(({ readBy }) => readBy === 'both').map(({ name }) => name);
    const sharedOf = (app: string) => {
      const env = { ...imageEnv(), ...environmentOf(app) };
      return Object.fromEntries(shared.map((name) => [name, env[name]]));
    };

    expect(sharedOf('worker')).toEqual(sharedOf('api'));
  });

  test('a variable has the form that counts as unset when it is empty', () => {
    expect(readCode('docker-compose.yml').replaceAll(VARIABLE, '')).not.toContain('$');
  });
});
