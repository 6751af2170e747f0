/**
 * The queue's figures for Prometheus, as text: they are counted in Redis by the scripts, over all
 * replicas, so every API process tells the same.
 */
import type { QueueFigures } from '@deja/jobs';

export interface QueueMetrics {
  readonly queues: QueueFigures;
  readonly workers: number;
  readonly slots: number;
}

export function queueMetricsText({ queues, workers, slots }: QueueMetrics): string {
  const { lanes, openRuns, times } = queues;
  return [
    ...gauge('deja_workers', 'Workers that are alive', [['', workers]]),
    ...gauge('deja_slots', 'Slots for long work of all workers', [['', slots]]),
    ...gauge('deja_open_runs', 'Runs that have not ended', [['', openRuns]]),
    ...gauge(
      'deja_queue_depth',
      'Runs that wait to begin',
      lanes.map(({ lane, depth }) => [`lane="${lane}"`, depth]),
    ),
    ...gauge(
      'deja_queue_oldest_wait_seconds',
      'How long the first in line has waited',
      lanes.map(({ lane, oldestMs }) => [`lane="${lane}"`, oldestMs / 1000]),
    ),
    ...histogram('deja_run_seconds', 'From the start of an attempt to its success', 'run', times),
    ...histogram('deja_queue_seconds', 'From the submission to the start', 'queue', times),
    '',
  ].join('\n');
}

function gauge(name: string, help: string, rows: readonly (readonly [string, number])[]): string[] {
  const lines = rows.map(([labels, value]) => `${name}${labels && `{${labels}}`} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...lines];
}

/** Prometheus wants counts up to each bound; Redis has them between bounds. */
function histogram(
  name: string,
  help: string,
  what: string,
  times: ReadonlyMap<string, number>,
): string[] {
  const models = new Map<string, Map<string, number>>();
  for (const [field, count] of times) {
    const [kind, model, bound] = field.split('|');
    if (kind !== what || model === undefined || bound === undefined) continue;
    models.set(model, (models.get(model) ?? new Map()).set(bound, count));
  }
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`];
  for (const [model, counts] of models) {
    const sum = counts.get('sum') ?? 0;
    const bounds = [...counts.keys()].filter((bound) => bound !== 'sum' && bound !== '+Inf');
    let total = 0;
    for (const bound of bounds.sort((a, b) => Number(a) - Number(b))) {
      total += counts.get(bound) ?? 0;
      lines.push(`${name}_bucket{model="${model}",le="${Number(bound) / 1000}"} ${total}`);
    }
    total += counts.get('+Inf') ?? 0;
    lines.push(
      `${name}_bucket{model="${model}",le="+Inf"} ${total}`,
      `${name}_sum{model="${model}"} ${sum / 1000}`,
      `${name}_count{model="${model}"} ${total}`,
    );
  }
  return lines;
}
