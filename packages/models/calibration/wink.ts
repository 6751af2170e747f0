/**
 * How the two numbers in src/compute/wink.ts were found, and how well they hold:
 *
 *   node --conditions=development packages/models/calibration/wink.ts <directory>
 *
 * The directory is the unpacked archive of UCI's Sentiment Labelled Sentences (D. Kotzias, 2015,
 * doi:10.24432/C57604, CC BY 4.0): 3,000 sentences of reviews, half of them positive, in three files.
 * It is not part of this project. Errors are told for sources that were left out of the fit.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { foldText } from '../src/sentiment/normalise.ts';
import { winkScoreOf } from '../src/sentiment/wink.ts';

interface Row {
  readonly source: string;
  readonly score: number;
  readonly isPositive: boolean;
}

type Probability = (score: number) => number;

const SOURCES = ['amazon_cells', 'imdb', 'yelp'] as const;
const dir = process.argv[2];
if (dir === undefined) throw new Error('which directory?');

const all = SOURCES.flatMap((source) => rowsOf(dir, source));
const scored = all.filter(({ score }) => Math.abs(score) > 0.05);
console.log(`${all.length} sentences, of ${scored.length} wink knows words`);

const raw: Probability = (score) => (1 + score) / 2;
console.log('left out      n   taken  right  error of 0.5 + |score| / 2   calibrated   (mean)');
for (const source of SOURCES) {
  const { slope, bias } = platt(scored.filter((row) => row.source !== source));
  const probability = platted(slope, bias);
  const rows = scored.filter((row) => row.source === source);
  const taken = rows.filter((row) => certainty(probability(row.score)) >= 0.6);
  const right = taken.filter((row) => isRight(row, probability)).length / taken.length;
  const cells = [taken.length, right.toFixed(3), error(rows, raw), error(rows, probability)];
  console.log(source.padEnd(12), rows.length, ...cells.map((cell) => String(cell).padStart(8)));
}
console.log(platt(scored));

function rowsOf(directory: string, source: string): Row[] {
  return readFileSync(join(directory, `${source}_labelled.txt`), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, text, label] = /^(.*)\t([01])\s*$/.exec(line) ?? [];
      if (text === undefined) return [];
      return { source, score: winkScoreOf(foldText(text)), isPositive: label === '1' };
    });
}

/** Logistic regression on tanh(2 × score) by Newton's method (Platt 1999). */
function platt(rows: readonly Row[]): { slope: number; bias: number } {
  let [slope, bias] = [5, 0];
  for (let step = 0; step < 50; step += 1) {
    let [g0, g1, h00, h01, h11] = [0, 0, 0, 0, 0];
    const probability = platted(slope, bias);
    for (const { score, isPositive } of rows) {
      const x = Math.tanh(2 * score);
      const p = probability(score);
      const off = p - (isPositive ? 1 : 0);
      const weight = p * (1 - p);
      g0 += off * x;
      g1 += off;
      h00 += weight * x * x;
      h01 += weight * x;
      h11 += weight;
    }
    const determinant = h00 * h11 - h01 * h01;
    slope -= (h11 * g0 - h01 * g1) / determinant;
    bias -= (h00 * g1 - h01 * g0) / determinant;
  }
  return { slope, bias };
}

function platted(slope: number, bias: number): Probability {
  return (score) => 1 / (1 + Math.exp(-(slope * Math.tanh(2 * score) + bias)));
}

function certainty(p: number): number {
  return Math.max(p, 1 - p);
}

function isRight({ score, isPositive }: Row, probability: Probability): boolean {
  return probability(score) > 0.5 === isPositive;
}

/** Expected calibration error, ten bins of certainty from 0.5 to 1. */
function error(rows: readonly Row[], probability: Probability): string {
  const bins = Array.from({ length: 10 }, () => ({ certain: 0, right: 0 }));
  for (const row of rows) {
    const certain = certainty(probability(row.score));
    const bin = bins[Math.min(9, Math.floor((certain - 0.5) * 20))];
    if (!bin) continue;
    bin.certain += certain;
    if (isRight(row, probability)) bin.right += 1;
  }
  const off = bins.reduce((sum, { certain, right }) => sum + Math.abs(certain - right), 0);
  return (off / rows.length).toFixed(3);
}
