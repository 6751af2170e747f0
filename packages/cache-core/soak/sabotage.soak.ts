/**
 * node --conditions=development soak/sabotage.soak.ts
 *
 * The checker finds what it is for: each guard is taken out in turn, and it must say which rule is
 * violated. Ends with code 1 when it finds nothing.
 */
import type { Violation } from './checker.ts';
import type { Sabotage } from './messages.ts';
import { runSeed } from './run-seed.ts';

// `hangs` is found when it has waited for long enough.
const CASES: readonly (readonly [Sabotage, Violation['rule'], readonly string[]])[] = [
  ['no judge', 'I', []],
  ['memory unjudged', 'I', []],
  ['early acknowledgement', 'I', ['the subscription is deaf', 'the log is slow']],
  ['endless lease', 'II', ['cut off from the log']],
  ['no mark', 'III', ['cut off from the log']],
  ['wrong bytes', 'IV', []],
  ['hangs', 'V', []],
];
const LASTS = { operations: 12_000, durationMs: 40_000, getBoundMs: 3000 };

for (const [sabotage, rule, faults] of CASES) {
  const report = await runSeed({ seed: 7, ...LASTS, faults, sabotage, untilViolated: rule });
  const isFound = report.violations.some((violation) => violation.rule === rule);
  console.log(`${isFound ? 'found' : 'NOT FOUND'}: with ${sabotage}, rule ${rule}`);
  if (!isFound) process.exitCode = 1;
}
