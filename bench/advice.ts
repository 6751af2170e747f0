import { CacheSimulation, FACTORS, type Found, shareOf } from '@deja/cache-core';
import { type Look, replay } from './advice/replay.ts';
import { overheadBytes } from './eviction/memory-tier.ts';
import { createTraces, type Trace } from './eviction/traces.ts';
import type { Report, Row } from './report.ts';

const MAX_KEYS = 4096;
/** Of what all answers of the trace take together. */
const SHARES = [0.01, 0.05, 0.2];
const REQUESTS_PER_S = 2000;

/** How close GET /cache/advice comes to what a tier of another size then does, and what that costs. */
export async function benchAdvice(options: {
  readonly requests: number;
  /** Requests of each measurement of cost. */
  readonly measured: number;
}): Promise<Report> {
  const traces = createTraces(options.requests);
  const overhead = await overheadBytes();
  const accuracy: Row[] = [];
  for (const trace of traces)
    for (const share of trace.name === 'day' ? SHARES : [0.05])
      accuracy.push(...(await accuracyOf(trace, share, overhead)));
  const [day] = traces;
  const { looks } = await replay(day as Trace, footprintOf(day as Trace, overhead) * 0.05, 1);
  const cost = [
    costOf('day', looks, options.measured),
    costOf('the same 2000 keys again and again', hot(looks, 2000), options.measured),
    costOf('the same 20 keys again and again', hot(looks, 20), options.measured),
  ];
  return {
    name: 'advice',
    title: 'Advice: simulated and measured, and what it costs',
    notes: [
      `A replay of a trace with one size of the memory tier simulates the others, on at most ${MAX_KEYS} keys. ` +
        'Beside it stands the hit ratio of a memory tier that really had that size in a replay of its own. ' +
        'A lower tier keeps everything, as workers fill it.',
      `The cost is CPU time of this process (user and system), for memory and one lower tier, all six sizes each, and six lifetimes. A core has ` +
        `1,000,000 µs a second; the share is that of ${REQUESTS_PER_S} requests a second. The bound is 1 %.`,
    ],
    peers: [],
    tables: [
      {
        caption: `${options.requests} requests a trace`,
        columns: ['trace', 'bytes at factor 1', 'factor', 'simulated', 'measured'],
        ratioOf: 'simulated to measured',
        rows: accuracy,
      },
      {
        caption: `CPU time at ${REQUESTS_PER_S} requests a second`,
        columns: ['requests', 'keys followed', 'µs each', 'share of a core'],
        ratioOf: 'of the bound',
        rows: cost,
      },
    ],
  };
}

/** The simulated and the real hit ratio at other sizes. */
export async function accuracyOf(trace: Trace, share: number, overhead: number): Promise<Row[]> {
  const maxBytes = footprintOf(trace, overhead) * share;
  const { simulation } = await replay(trace, maxBytes, MAX_KEYS);
  const { counts } = simulation.report();
  const rows: Row[] = [];
  for (const [at, factor] of FACTORS.entries()) {
    const simulated = shareOf(counts, counts.tiers[0]?.simulatedHits[at] ?? 0).ratio;
    const { memoryHits } = await replay(trace, maxBytes * factor, 0);
    const measured = memoryHits / trace.requests.length;
    const bytes = `${share * 100} % (${(maxBytes / 1e6).toFixed(1)} MB)`;
    const cells = [trace.name, bytes, `${factor}`, simulated.toFixed(3), measured.toFixed(3)];
    rows.push({ cells, ratio: simulated / measured });
  }
  return rows;
}

function footprintOf({ requests }: Trace, overhead: number): number {
  const sizes = new Map(requests.map(({ key, bodyBytes }) => [key, bodyBytes + overhead]));
  return [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
}

function costOf(name: string, looks: readonly Look[], requests: number): Row {
  let asked = 0;
  const simulation = new CacheSimulation({
    tiers: [
      { tier: 'memory', maxBytes: 128 * 1024 ** 2, maxEntries: 10_000 },
      { tier: 'disk', maxBytes: 1024 ** 3 },
    ],
    isServable: () => true,
    freshMsOf: () => 3_600_000,
    jitter: 0.05,
    maxKeys: MAX_KEYS,
    // As many in a second as in earnest; the clock itself is read, too.
    now: () => (Date.now() > 0 ? (asked * 1000) / REQUESTS_PER_S : 0),
  });
  const run = (count: number) => {
    for (let at = 0; at < count; at += 1) {
      asked += 1;
      const look = looks[at % looks.length] as Look;
      if ('missed' in look) simulation.missed(look.missed, look.model);
      else simulation.hit(look);
    }
  };
  run(requests);
  const before = process.cpuUsage();
  run(requests);
  const { user, system } = process.cpuUsage(before);
  const each = (user + system) / requests;
  const share = (each * REQUESTS_PER_S) / 1e6;
  const { followedKeys } = simulation.report();
  return {
    cells: [name, `${followedKeys}`, each.toFixed(2), `${(share * 100).toFixed(2)} %`],
    ratio: share / 0.01,
  };
}

/** The hits of a trace as if there were only a few keys, each found in memory. */
function hot(looks: readonly Look[], keys: number): readonly Look[] {
  const found = new Map<string, Found>();
  for (const look of looks)
    if (!('missed' in look) && found.size < keys)
      found.set(look.entry.header.key, { entry: look.entry, tier: 'memory' });
  return [...found.values()];
}
