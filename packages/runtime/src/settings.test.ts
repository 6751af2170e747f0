import { expect, test } from 'vitest';
import { z } from 'zod';
import { InvalidConfigError, loadConfig, sharedConfigOf, sharedSettings } from './settings.ts';

const schema = z.object(sharedSettings).transform(sharedConfigOf);

test('an empty environment gives the defaults', () => {
  const config = loadConfig(schema, {});

  expect(config.redisUrl).toBe('redis://127.0.0.1:6379');
  expect(config.cacheTtlMs).toBe(3_600_000);
  expect(config.modelPaths).toEqual([]);
});

test('an empty variable counts as one that is not set', () => {
  expect(loadConfig(schema, { CACHE_TTL: '', REDIS_URL: '' }).cacheTtlMs).toBe(3_600_000);
});

test('REDIS_HOST and REDIS_PORT stand in for REDIS_URL', () => {
  expect(loadConfig(schema, { REDIS_HOST: 'q', REDIS_PORT: '7000' }).redisUrl).toBe(
    'redis://q:7000',
  );
});

test('every problem is told at once', () => {
  const load = () => loadConfig(schema, { CACHE_TTL: 'soon', REDIS_URL: 'http://x' });

  expect(load).toThrow(InvalidConfigError);
  expect(load).toThrow(/CACHE_TTL[\s\S]*REDIS_URL|REDIS_URL[\s\S]*CACHE_TTL/);
});

test('the result is frozen', () => {
  expect(Object.isFrozen(loadConfig(schema, {}))).toBe(true);
});
