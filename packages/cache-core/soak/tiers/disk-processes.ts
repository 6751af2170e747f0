/** Processes that share a disk tier, and are killed; afterwards every entry is whole, and all adds up. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { createRandom } from '@deja/testing';
import { openDiskTier } from '../../src/tiers/disk/disk.ts';
import { isRight } from './entries.ts';

const PROGRAM = new URL('./disk-program.ts', import.meta.url).pathname;
const MAX_BYTES = 3_000_000;

export interface AuditReport {
  readonly entries: number;
  readonly files: number;
  /** Files that no row refers to: what a killed process was about to refer to. */
  readonly orphans: number;
  /** None, if all is well. */
  readonly wrong: readonly string[];
}

/** Kills a process that writes, `times` over, each time at another moment, and audits what is left. */
export async function killWriters(
  dir: string,
  times: number,
  seed: number,
): Promise<AuditReport[]> {
  const random = createRandom(seed);
  const reports: AuditReport[] = [];
  for (let i = 0; i < times; i += 1) {
    const { child, ended } = start(dir, 'write', 60_000, seed + i);
    await once(child.stdout, 'data');
    const { promise: later, resolve } = Promise.withResolvers<void>();
    setTimeout(resolve, random.between(20, 300));
    await later;
    child.kill('SIGKILL');
    await ended;
    reports.push(await audit(dir));
  }
  return reports;
}

/** Lets processes read, write, evict, remove and clear at once. */
export async function shareDisk(
  dir: string,
  { processes, forMs, seed }: { processes: number; forMs: number; seed: number },
): Promise<AuditReport & { readonly counts: readonly string[] }> {
  const started = Array.from({ length: processes }, (_, i) => start(dir, 'all', forMs, seed + i));
  const results = await Promise.all(started.map(({ ended }) => ended));
  const report = await audit(dir);
  const failed = results.filter(({ code }) => code !== 0).map(({ output }) => output);
  const counts = results.map(({ output }) => output.trim().split('\n').at(-1) ?? '');
  return { ...report, counts, wrong: [...failed, ...report.wrong] };
}

function start(dir: string, mode: string, forMs: number, seed: number) {
  const args = [PROGRAM, dir, mode, forMs, seed, MAX_BYTES].map(String);
  const child = spawn(process.execPath, ['--conditions=development', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const ended = once(child, 'exit').then(async ([code]) => ({
    code,
    output: (await output).join('\n'),
  }));
  return { child, ended };
}

async function audit(dir: string): Promise<AuditReport> {
  const wrong: string[] = [];
  const database = new DatabaseSync(join(dir, 'entries.sqlite'));
  const rows = database.prepare('SELECT key, size, file FROM entries').all();
  const totals = database.prepare('SELECT entries, bytes FROM totals').get();
  const [check] = database.prepare('PRAGMA integrity_check').all();
  database.close();

  const bytes = rows.reduce((sum, { size }) => sum + Number(size), 0);
  if (totals?.entries !== rows.length || totals.bytes !== bytes)
    wrong.push(`totals ${JSON.stringify(totals)}, but ${rows.length} entries of ${bytes} bytes`);
  if (bytes > MAX_BYTES) wrong.push(`${bytes} bytes are more than the bound`);
  if (check?.integrity_check !== 'ok') wrong.push(JSON.stringify(check));
  for (const { file, size } of rows) {
    if (file === null) continue;
    const path = join(dir, 'blobs', String(file).slice(0, 2), String(file));
    const held = statSync(path, { throwIfNoEntry: false })?.size;
    if (held !== Number(size) - 512) wrong.push(`${file} holds ${held} of ${size} bytes`);
  }

  await using tier = openDiskTier({ dir, maxBytes: MAX_BYTES, maxEntryBytes: 1_000_000 });
  for (const { key } of rows) {
    const found = await tier.get(String(key));
    if (!found || !isRight(found, String(key))) wrong.push(`${key}: ${found ? 'wrong' : 'lost'}`);
  }
  const usage = await tier.usage(); // takes away what was left to be taken away
  if (usage.errors > 0 || usage.bytes !== bytes) wrong.push(`usage ${JSON.stringify(usage)}`);
  const files = globSync('blobs/*/*', { cwd: dir }).length;
  const referred = rows.filter(({ file }) => file !== null).length;
  return { entries: rows.length, files, orphans: files - referred, wrong };
}
