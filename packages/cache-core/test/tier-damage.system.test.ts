/** The short form of soak/tiers/tiers.soak.ts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, expect, inject, test } from 'vitest';
import { damageEntries, damagePages } from '../soak/tiers/damage.ts';
import { killWriters, shareDisk } from '../soak/tiers/disk-processes.ts';

const seed = Math.floor(Math.random() * 1e6);
const root = mkdtempSync(join(tmpdir(), 'deja-damage-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const newDir = () => mkdtempSync(join(root, 'tier-'));

test('1,000 damaged entries give no wrong byte, on disk and in Redis', {
  timeout: 60_000,
}, async () => {
  const redis = new Redis(inject('redisUrl'));

  const keyPrefix = `test-damage-${seed}:`;
  const report = await damageEntries({ reads: 1000, seed, dir: newDir(), redis, keyPrefix });

  expect(report).toMatchObject({ reads: 1000, wrong: [] });
  expect(report.missed).toBeGreaterThan(800);
  redis.disconnect();
});

test('1,000 reads over damaged pages of the database give no wrong byte', async () => {
  const report = await damagePages({ reads: 1000, seed, dir: newDir() });

  expect(report.wrong).toEqual([]);
  expect(report.right).toBeGreaterThan(100);
});

test('a database that was cut short is one that is damaged', async () => {
  const report = await damagePages({ reads: 300, seed: 385_405, dir: newDir() });

  expect(report.wrong).toEqual([]);
});

test('a writer that is killed leaves whole entries, and totals that are exact', async () => {
  const reports = await killWriters(newDir(), 5, seed);

  expect(reports.flatMap(({ wrong }) => wrong)).toEqual([]);
  expect(reports.at(-1)?.entries).toBeGreaterThan(5);
  expect(reports.at(-1)?.orphans).toBeLessThanOrEqual(5);
});

test('two processes at once see no wrong byte, and what they leave adds up', async () => {
  const report = await shareDisk(newDir(), { processes: 2, forMs: 2000, seed });

  expect(report).toMatchObject({ orphans: 0, wrong: [] });
  expect(report.entries).toBeGreaterThan(5);
});
