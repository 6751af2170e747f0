import { createRegistry } from '@deja/runtime';
import { expect, test } from 'vitest';
import { type GlobalFigures, registerGlobalMetrics } from './global-metrics.ts';

async function textOf(read: () => Promise<GlobalFigures>, isTold = true): Promise<string> {
  const registry = createRegistry();
  registerGlobalMetrics(registry, read, () => isTold);
  return await registry.metrics();
}

const metrics: GlobalFigures = {
  queues: {
    lanes: [{ lane: 'long', depth: 3, oldestMs: 1500 }],
    openRuns: 4,
    times: new Map([
      ['run|m|short|100', 1],
      ['run|m|long|100', 1],
      ['run|m|short|25', 1],
      ['run|m|long|+Inf', 1],
      ['run|m|short|sum', 100],
      ['run|m|long|sum', 130_050],
      ['usual|m', 100],
      ['stalls|m', 2],
      ['unsuccessful|m|failed', 3],
    ]),
  },
  workers: 2,
  slots: 8,
  maxOpenRuns: 10_000,
  outbox: {
    depth: 5,
    lagMs: 2500,
    dead: 1,
    counts: new Map([
      ['attempts|delivered', 7],
      ['attempts|timeout', 2],
      ['deliveries|dead', 1],
    ]),
  },
  totals: new Map([
    ['model:forecast:hit:memory', 3],
    ['tier:disk:evicted:bytes', 6],
    ['model:forecast:outcome:trained', 2],
  ]),
};
const text = await textOf(async () => metrics);

test('the outbox reports its depth, its lag and what became of attempts', () => {
  expect(text).toContain('deja_global_webhook_outbox_depth 5\n');
  expect(text).toContain('deja_global_webhook_outbox_lag_seconds 2.5\n');
  expect(text).toContain('deja_global_webhook_attempts_total{outcome="timeout"} 2\n');
  expect(text).toContain('deja_global_webhook_deliveries_total{outcome="dead"} 1\n');
  expect(text).not.toContain('deja_global_webhook_deliveries_total{outcome="timeout"}');
});

test('runs that stalled, or ended without a result, are counted by model', () => {
  expect(text).toContain('deja_global_run_stalls_total{model="m"} 2\n');
  expect(text).toContain('deja_global_runs_unsuccessful_total{model="m",state="failed"} 3\n');
});

test('depth and oldest wait are reported by lane', () => {
  expect(text).toContain('deja_global_queue_depth{lane="long"} 3\n');
  expect(text).toContain('deja_global_oldest_wait_seconds{lane="long"} 1.5\n');
  expect(text).toContain('deja_global_workers 2\n');
});

const linesOf = (name: string) => text.split('\n').filter((line) => line.startsWith(name));

test('a histogram counts up to each bound, in seconds, by model and lane', () => {
  expect(linesOf('deja_global_run_seconds_').filter((line) => line.includes('"long"'))).toEqual([
    ...['0.01', '0.025', '0.05'].map(
      (le) => `deja_global_run_seconds_bucket{model="m",lane="long",le="${le}"} 0`,
    ),
    ...['0.1', '0.25', '0.5', '1', '2.5', '5', '10', '30', '60', '120'].map(
      (le) => `deja_global_run_seconds_bucket{model="m",lane="long",le="${le}"} 1`,
    ),
    'deja_global_run_seconds_bucket{model="m",lane="long",le="+Inf"} 2',
    'deja_global_run_seconds_sum{model="m",lane="long"} 130.05',
    'deja_global_run_seconds_count{model="m",lane="long"} 2',
  ]);
  expect(linesOf('deja_run_seconds_count')).toEqual(['deja_run_seconds_count{model="m"} 4']);
});

test('how answers came about is reported by model', () => {
  expect(text).toContain(
    'deja_global_model_outcomes_total{model="forecast",outcome="trained"} 2\n',
  );
  expect(text).not.toContain('hits');
});

test('evictions are reported by tier and reason', () => {
  expect(text).toContain('deja_global_cache_evictions_total{tier="disk",reason="bytes"} 6\n');
});

test('only the process that is to tell them does, but for the names of 0.1', async () => {
  const other = await textOf(async () => metrics, false);

  expect(other.match(/^deja_global_.*/gm)).toBeNull();
  expect(other).toContain('deja_queue_depth{lane="long"} 3\n');
  expect(other).toContain('deja_queue_oldest_wait_seconds{lane="long"} 1.5\n');
  expect(other).toContain('deja_run_seconds_count{model="m"} 4\n');
});

test('types and helps are those of Prometheus', () => {
  expect(text).toContain(
    '# HELP deja_global_run_seconds From the start of an attempt to its success\n# TYPE deja_global_run_seconds histogram\n',
  );
  expect(text).toContain('# TYPE deja_global_queue_depth gauge\n');
  expect(text).toContain('# TYPE deja_global_run_stalls_total counter\n');
});

test('the figures are read once for all metrics, and afresh each time', async () => {
  let reads = 0;
  const registry = createRegistry();
  registerGlobalMetrics(
    registry,
    async () => ({ ...metrics, workers: ++reads }),
    () => true,
  );

  await registry.metrics();

  expect(await registry.metrics()).toContain('deja_global_workers 2\n');
});

test('while they can not be read there are no samples, and the rest is reported', async () => {
  const away = await textOf(() => Promise.reject(new Error('Redis is away')));

  expect(away.match(/^deja_.*/gm)).toBeNull();
  expect(away).toContain('process_cpu_seconds_total');
});
