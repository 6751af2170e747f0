import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  InvalidConfigError,
  list,
  loadConfig,
  processConfigOf,
  processSettings,
} from './settings.ts';

const schema = z.object({ ...processSettings, PATHS: list.default([]) }).transform((env) => ({
  ...processConfigOf(env),
  paths: env.PATHS,
}));

test('an empty environment gives the defaults', () => {
  expect(loadConfig(schema, {})).toEqual({ logLevel: 'info', drainMs: 10_000, paths: [] });
});

test('an empty variable counts as one that is not set', () => {
  expect(loadConfig(schema, { DRAIN_S: '' }).drainMs).toBe(10_000);
});

test('every problem is told at once', () => {
  const load = () => loadConfig(schema, { DRAIN_S: 'soon', LOG_LEVEL: 'loud' });

  expect(load).toThrow(InvalidConfigError);
  expect(load).toThrow(/DRAIN_S[\s\S]*LOG_LEVEL|LOG_LEVEL[\s\S]*DRAIN_S/);
});

test('a list is separated by commas, with spaces or without', () => {
  expect(loadConfig(schema, { PATHS: 'a.ts, b.ts,,c.ts' }).paths).toEqual(['a.ts', 'b.ts', 'c.ts']);
});

test('the result is frozen', () => {
  expect(Object.isFrozen(loadConfig(schema, {}))).toBe(true);
});
