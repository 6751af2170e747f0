/**
 * node --conditions=development soak/tiers/tiers.soak.ts [damaged reads] [seed]
 *
 * 10,000 damaged reads of entries and as many over damaged pages, 20 killed writers, and 20 s of four
 * processes over one directory. Ends with code 1 if anything was wrong. A Redis is started for it, or
 * `REDIS_URL` used.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '@deja/local-redis';
import { Redis } from 'ioredis';
import { damageEntries, damagePages } from './damage.ts';
import { killWriters, shareDisk } from './disk-processes.ts';

export async function soakTiers(reads = 10_000, seed = Date.now() % 1_000_000): Promise<boolean> {
  const root = mkdtempSync(join(tmpdir(), 'deja-soak-'));
  const newDir = () => mkdtempSync(join(root, 'tier-'));
  const server = await startRedis();
  const redis = new Redis(server.url);
  let wrong = 0;
  const tell = (what: string, report: { readonly wrong: readonly string[] }) => {
    console.log(`${what}: ${JSON.stringify({ ...report, wrong: report.wrong.slice(0, 5) })}`);
    wrong += report.wrong.length;
  };
  try {
    console.log(`seed ${seed}`);
    const keyPrefix = `soak-${seed}:`;
    const damage = { reads, seed, dir: newDir(), redis, keyPrefix };
    tell('damaged entries', await damageEntries(damage));
    tell('damaged pages', await damagePages({ reads, seed, dir: newDir() }));
    for (const report of await killWriters(newDir(), 20, seed)) tell('killed writer', report);
    const shared = { processes: 4, forMs: 20_000, seed };
    tell('four processes', await shareDisk(newDir(), shared));
  } finally {
    redis.disconnect();
    await server.stop();
    rmSync(root, { recursive: true, force: true });
  }
  return wrong === 0;
}

if (import.meta.main) {
  const [reads, seed] = process.argv.slice(2).map(Number);
  process.exitCode = (await soakTiers(reads, seed)) ? 0 : 1;
}
