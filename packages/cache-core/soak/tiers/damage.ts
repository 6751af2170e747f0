/**
 * Damages what tiers have stored, behind their backs, and reads it: what comes is right or a miss.
 * An entry that was missed is put again, so that every read is of something damaged.
 */
import { existsSync, globSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createRandom, type Random } from '@deja/testing';
import type { Redis } from 'ioredis';
import type { Entry } from '../../src/entry.ts';
import type { Tier } from '../../src/tier.ts';
import { openDiskTier } from '../../src/tiers/disk/disk.ts';
import { createRedisTier } from '../../src/tiers/redis/redis.ts';
import { entryOf, isRight, keyOf, LENGTHS } from './entries.ts';

export interface DamageOptions {
  readonly reads: number;
  readonly seed: number;
  /** Empty. */
  readonly dir: string;
  readonly redis: Redis;
  readonly keyPrefix: string;
}

export interface DamageReport {
  readonly reads: number;
  readonly right: number;
  readonly missed: number;
  /** Wrong bytes, or an error. None, if all is well. */
  readonly wrong: readonly string[];
}

const DATABASE = 'entries.sqlite';
const COLUMNS = ['epoch', 'seq', 'run_seq', 'size', 'stale_until', 'used_at'];
const KEYS = Array.from({ length: 40 }, (_, n) => keyOf(n));

/** Entries, one at a time: rows, their columns, files, and values in Redis. */
export async function damageEntries(options: DamageOptions): Promise<DamageReport> {
  const { reads, seed, dir, redis, keyPrefix } = options;
  const random = createRandom(seed);
  await using disk = openDiskTier({ dir, maxBytes: 1e9 });
  const shared = createRedisTier(redis, { keyPrefix });
  const database = new DatabaseSync(join(dir, DATABASE), { timeout: 5000 });
  const tally = createTally();
  const newest = new Map<string, number>();
  const put = async (tier: Tier, key: string) => {
    const no = (newest.get(key) ?? 0) + 1;
    newest.set(key, no);
    await tier.put(entryOf(key, no, random.pick(LENGTHS)));
  };
  for (const tier of [disk, shared]) for (const key of KEYS) await put(tier, key);

  for (let i = 0; i < reads; i += 1) {
    const key = random.pick(KEYS);
    const tier = random.chance(0.7) ? disk : shared;
    const what =
      tier === disk
        ? damageOnDisk(database, dir, key, random)
        : await damageInRedis(redis, `${keyPrefix}c:${key}`, random);
    if ((await tally.read(tier, key, `seed ${seed}, read ${i}: ${what}`)) !== 'right')
      await put(tier, key);
    if (i % 20 === 0) await put(tier, key);
  }
  database.close();
  await shared.clear();
  return tally.report();
}

/** The database's own pages, between two openings of the tier. */
export async function damagePages(
  options: Pick<DamageOptions, 'reads' | 'seed' | 'dir'>,
): Promise<DamageReport> {
  const { reads, seed, dir } = options;
  const random = createRandom(seed);
  const tally = createTally();
  for (let round = 0; tally.report().reads < reads; round += 1) {
    await fillAndClose(dir, round);
    const path = join(dir, DATABASE);
    const bytes = readFileSync(path);
    const times = random.pick([1, 3, 30]);
    for (let i = 0; i < times; i += 1) flipByte(bytes, random);
    writeFileSync(
      path,
      random.chance(0.1) ? bytes.subarray(0, random.between(0, bytes.length)) : bytes,
    );

    await using tier = openDiskTier({ dir, maxBytes: 1e8 });
    for (const key of KEYS) await tally.read(tier, key, `seed ${seed}, round ${round}`);
  }
  return tally.report();
}

async function fillAndClose(dir: string, round: number): Promise<void> {
  await using tier = openDiskTier({ dir, maxBytes: 1e8 });
  for (const [i, key] of KEYS.entries())
    await tier.put(entryOf(key, round + 1, LENGTHS[i % 5] as number)).catch(() => {});
}

function createTally() {
  const wrong: string[] = [];
  let [right, missed] = [0, 0];
  return {
    read: async (tier: Tier, key: string, what: string): Promise<'right' | 'missed' | 'wrong'> => {
      let found: Entry | undefined;
      try {
        found = await tier.get(key);
      } catch (error) {
        wrong.push(`${what}: ${error}`);
        return 'wrong';
      }
      if (found === undefined) {
        missed += 1;
        return 'missed';
      }
      if (isRight(found, key)) {
        right += 1;
        return 'right';
      }
      wrong.push(`${what}: wrong bytes`);
      return 'wrong';
    },
    report: (): DamageReport => ({ reads: right + missed + wrong.length, right, missed, wrong }),
  };
}

function damageOnDisk(database: DatabaseSync, dir: string, key: string, random: Random): string {
  const row = database.prepare('SELECT file, bytes FROM entries WHERE key = ?').get(key);
  if (row === undefined) return 'nothing there';
  if (random.chance(0.2)) {
    const column = random.pick(COLUMNS);
    const bit = 2 ** random.between(0, 30);
    database
      .prepare(`UPDATE entries SET ${column} = (${column} | ?) - (${column} & ?) WHERE key = ?`)
      .run(bit, bit, key);
    return `bit ${bit} of ${column}`;
  }
  if (row.bytes === null) return damageFile(dir, String(row.file), random);
  const { bytes, what } = damaged(Buffer.from(row.bytes as Uint8Array), random);
  database.prepare('UPDATE entries SET bytes = ? WHERE key = ?').run(bytes, key);
  return `row, ${what}`;
}

function damageFile(dir: string, file: string, random: Random): string {
  const path = join(dir, 'blobs', file.slice(0, 2), file);
  if (!existsSync(path)) return 'file that is lost';
  const another = random.pick(globSync('blobs/*/*', { cwd: dir }));
  if (random.chance(0.1)) {
    writeFileSync(path, readFileSync(join(dir, another)));
    return `file, now like ${another}`;
  }
  if (random.chance(0.2)) {
    truncateSync(path, random.between(0, statSync(path).size));
    return 'file, cut';
  }
  const { bytes, what } = damaged(readFileSync(path), random);
  writeFileSync(path, bytes);
  return `file, ${what}`;
}

async function damageInRedis(redis: Redis, key: string, random: Random): Promise<string> {
  const value = await redis.getBuffer(key);
  if (value === null) return 'nothing there';
  const { bytes, what } = damaged(value, random);
  await redis.set(key, bytes, 'KEEPTTL');
  return `Redis, ${what}`;
}

function damaged(bytes: Buffer, random: Random): { bytes: Buffer; what: string } {
  const at = random.between(0, bytes.length - 1);
  const kind = random.pick(['bit', 'bytes', 'zeros', 'cut', 'longer', 'moved', 'noise']);
  const what = `${kind} at ${at} of ${bytes.length}`;
  if (kind === 'cut') return { bytes: bytes.subarray(0, at), what };
  if (kind === 'longer') return { bytes: Buffer.concat([bytes, bytes.subarray(at)]), what };
  if (kind === 'moved')
    return { bytes: Buffer.concat([bytes.subarray(at), bytes.subarray(0, at)]), what };
  if (kind === 'noise') return { bytes: Buffer.alloc(bytes.length, String(at)), what };
  if (kind === 'zeros') bytes.fill(0, at, Math.min(bytes.length, at + random.between(1, 5000)));
  if (kind === 'bit') bytes[at] = (bytes[at] ?? 0) ^ (1 << random.between(0, 7));
  const count = kind === 'bytes' ? random.between(1, 20) : 0;
  for (let i = 0; i < count; i += 1) flipByte(bytes, random);
  return { bytes, what };
}

function flipByte(bytes: Buffer, random: Random): void {
  const at = random.between(0, bytes.length - 1);
  bytes[at] = (bytes[at] ?? 0) ^ random.between(1, 255);
}
