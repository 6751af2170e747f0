import { expect, test } from 'vitest';
import { z } from 'zod';
import { redisConfigOf, redisSettings } from './settings.ts';

const load = (env: Readonly<Record<string, string>>) =>
  redisConfigOf(z.object(redisSettings).parse(env));

test('REDIS_HOST and REDIS_PORT stand in for REDIS_URL', () => {
  expect(load({}).redisUrl).toBe('redis://127.0.0.1:6379');
  expect(load({ REDIS_HOST: 'q', REDIS_PORT: '7000' }).redisUrl).toBe('redis://q:7000');
});

test('REDIS_URL overrides them', () => {
  expect(load({ REDIS_URL: 'rediss://r:1', REDIS_HOST: 'q' }).redisUrl).toBe('rediss://r:1');
});

test('another protocol is refused', () => {
  expect(() => load({ REDIS_URL: 'http://x' })).toThrow(/REDIS_URL/);
});
