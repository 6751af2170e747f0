/**
 * node --conditions=development soak/history.soak.ts [seeds] [operations] [first seed]
 *
 * Runs the seeds one after the other; the operations are those of all seeds together. Ends with code
 * 1 after the first seed that found something; its history is kept, and the path printed.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSeed, type SeedReport } from './run-seed.ts';

const DURATION_MS = 6000;
const [seeds = 50, operations = 100_000, first = 1] = process.argv.slice(2).map(Number);

const totals = new Map<string, number>();
const faults = new Map<string, number>();
const add = (to: Map<string, number>, name: string, by: number) =>
  to.set(name, (to.get(name) ?? 0) + by);

for (let seed = first; seed < first + seeds; seed += 1) {
  const perSeed = Math.ceil(operations / seeds);
  const report = await runSeed({ seed, operations: perSeed, durationMs: DURATION_MS });
  add(totals, 'seeds', 1);
  for (const [name, by] of Object.entries(report.figures)) add(totals, name, by);
  for (const [name, by] of report.faults) add(faults, name, by);
  add(totals, 'violations', report.violations.length);
  console.log(`seed ${seed}: ${lineOf(Object.entries(report.figures))}`);
  if (report.violations.length > 0) {
    console.log(`VIOLATED: ${keep(report)}`);
    for (const { rule, what } of report.violations.slice(0, 20)) console.log(`  ${rule}  ${what}`);
    process.exitCode = 1;
    break;
  }
}
console.log(`in all: ${lineOf([...totals])}`);
console.log(`faults: ${lineOf([...faults].sort(([a], [b]) => (a < b ? -1 : 1)))}`);

function lineOf(figures: readonly (readonly [string, number])[]): string {
  return figures.map(([name, value]) => `${name} ${value}`).join(', ');
}

function keep({ history, violations }: SeedReport): string {
  const path = join(mkdtempSync(join(tmpdir(), 'deja-history-')), `seed-${history.seed}.json`);
  writeFileSync(path, JSON.stringify({ violations, history }, undefined, 1));
  return path;
}
