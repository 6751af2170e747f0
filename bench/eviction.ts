import { gdsf, sampledGdsf } from './eviction/gdsf.ts';
import { lru } from './eviction/lru.ts';
import { memoryTier, overheadBytes } from './eviction/memory-tier.ts';
import type { PolicyFactory } from './eviction/policy.ts';
import { s3Fifo } from './eviction/s3-fifo.ts';
import { createTraces, type Trace } from './eviction/traces.ts';
import type { Report, Row } from './report.ts';

const POLICIES = [lru, s3Fifo, sampledGdsf, gdsf, memoryTier];
/** Of what all answers of the trace take together. */
const SHARES = [0.01, 0.05, 0.2];

/** Replays every trace against every policy, and adds up what its hits saved. */
export async function benchEviction({ requests }: { requests: number }): Promise<Report> {
  const overhead = await overheadBytes();
  const traces = createTraces(requests);
  const rows: Row[] = [];
  for (const trace of traces) rows.push(...(await rowsOf(trace, overhead)));
  const against = (column: number) =>
    geometricMean(rows.map(({ cells }) => last(cells) / Number(cells[column]))).toFixed(2);
  return {
    name: 'eviction',
    title: 'Eviction: compute time saved at equal bytes',
    notes: [
      'Each number is the part of all compute seconds that a cache of that many bytes saves: the ' +
        "compute time of the requests it answers, over that of all requests. Every policy counts an answer's " +
        `bytes as the memory tier does (body + ${overhead}), and keeps none above an eighth of the bound.`,
      'The traces are synthetic, made from fixed seeds; no traffic of a real service was recorded. The ' +
        "policy and its two numbers (1/4 for the unused, 16 at most) were chosen on the same generators' " +
        'traces from other seeds, so read the small differences between the GDSF columns as what they are.',
      traces.map(({ name, says }) => `- **${name}**: ${says}`).join('\n'),
      `Over all rows (geometric mean) the memory tier saves ${against(2)} times what LRU does, ` +
        `${against(3)} times S3-FIFO, ${against(5)} times plain GDSF. It is behind LRU only where a whole ` +
        'working set ends at once and most of the next one fits (shifts).',
    ],
    peers: ['lru-cache'],
    tables: [
      {
        caption: `${requests} requests a trace`,
        columns: ['trace', 'bytes', ...POLICIES.map(({ name }) => name)],
        ratioOf: 'memory tier to LRU',
        rows,
      },
    ],
  };
}

async function rowsOf({ name, requests }: Trace, overhead: number): Promise<Row[]> {
  const sizes = new Map(requests.map(({ key, bodyBytes }) => [key, bodyBytes + overhead]));
  const footprint = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  const rows: Row[] = [];
  for (const share of SHARES) {
    const maxBytes = Math.floor(footprint * share);
    const saved: number[] = [];
    for (const policy of POLICIES)
      saved.push(await savedBy(policy, requests, { maxBytes, overhead }));
    const bytes = `${share * 100} % (${((footprint * share) / 1e6).toFixed(1)} MB)`;
    const ratio = (saved.at(-1) as number) / (saved[0] as number);
    rows.push({ cells: [name, bytes, ...saved.map((part) => part.toFixed(3))], ratio });
  }
  return rows;
}

async function savedBy(
  policy: PolicyFactory,
  requests: Trace['requests'],
  { maxBytes, overhead }: { maxBytes: number; overhead: number },
): Promise<number> {
  const cache = policy.create(maxBytes);
  let savedMs = 0;
  let allMs = 0;
  for (const answer of requests) {
    allMs += answer.computeMs;
    if (cache.get(answer.key)) savedMs += answer.computeMs;
    else await cache.put(answer, answer.bodyBytes + overhead);
  }
  return savedMs / allMs;
}

function last(cells: readonly string[]): number {
  return Number(cells.at(-1));
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
