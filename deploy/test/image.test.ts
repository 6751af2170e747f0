/** Holds the Dockerfile against the sources. Nothing is built here. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  imageEnv,
  imageSetting,
  ROOT,
  read,
  readCode,
  readCompose,
  readImage,
  serviceOf,
} from './files.ts';

test('what runs is not root', () => {
  expect(imageSetting('USER')).toBe('node');
});

test('the user may write the cache directory, which a new volume copies', () => {
  const { CACHE_DIR } = imageEnv();
  const made = readImage().filter(({ name }) => name === 'RUN');

  expect(made.map(({ text }) => text)).toContain(
    `install --directory --owner=node --group=node ${CACHE_DIR}`,
  );
});

test('node is the first process, without a shell around it', () => {
  expect(JSON.parse(imageSetting('ENTRYPOINT'))).toEqual(['node']);
});

test('what is started is built from a source that there is', () => {
  const { command = [] } = serviceOf(readCompose(), 'worker');
  const started = [...JSON.parse(imageSetting('CMD')), ...command] as string[];

  expect(started).toEqual(['apps/api/dist/main.js', 'apps/worker/dist/main.js']);
  for (const path of started) {
    const source = path.replace('/dist/', '/src/').replace(/\.js$/, '.ts');
    expect(existsSync(new URL(source, ROOT)), source).toBe(true);
  }
});

test('the API of docker-compose.yml runs what the image runs by default', () => {
  expect(serviceOf(readCompose(), 'api').command).toBeUndefined();
});

test('production mode', () => {
  expect(imageEnv().NODE_ENV).toBe('production');
});

test("the image's Node is the one that everything is tested with", () => {
  const [, version] = /^FROM node:(\d+\.\d+)-\S+ AS base$/m.exec(read('Dockerfile')) ?? [];
  const { nodeVersion } = parse(read('pnpm-workspace.yaml')) as { nodeVersion: string };

  expect(nodeVersion.startsWith(`${version}.`), `${version} and ${nodeVersion}`).toBe(true);
});

test('the port that the image names is the one that is published', () => {
  const [published = ''] = serviceOf(readCompose(), 'api').ports ?? [];

  expect(published.split(':').at(-1)).toBe(imageSetting('EXPOSE'));
});

test('nothing goes into the build but what is named', () => {
  const patterns = readCode('.dockerignore').trim().split('\n');

  expect(patterns[0]).toBe('*');
  expect(patterns).toEqual(expect.arrayContaining(['**/node_modules', '**/dist', '**/.env*']));
});
