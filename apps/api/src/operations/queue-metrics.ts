/**
 * The queue's metrics for Prometheus, as text. The scripts count them in Redis over all replicas, so
 * every API process reports the same values.
 */
import type { OutboxFigures, QueueFigures } from '@deja/jobs';

export interface QueueMetrics {
  readonly queues: QueueFigures;
  readonly workers: number;
  readonly slots: number;
  readonly outbox: OutboxFigures;
  /** Counts over all processes. */
  readonly totals: ReadonlyMap<string, number>;
}

export function queueMetricsText(metrics: QueueMetrics): string {
  const { queues, workers, slots, outbox, totals } = metrics;
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
    ...gauge('deja_webhook_outbox_depth', 'Deliveries that are not over', [['', outbox.depth]]),
    ...gauge('deja_webhook_outbox_lag_seconds', 'For how long the first of them has been due', [
      ['', outbox.lagMs / 1000],
    ]),
    ...gauge('deja_webhook_dead', 'Deliveries given up that are still listed', [['', outbox.dead]]),
    ...counter('deja_webhook_attempts_total', 'Attempts, by outcome', {
      ...{ what: 'attempts', labels: ['outcome'], counts: outbox.counts },
    }),
    ...counter('deja_webhook_deliveries_total', 'Ends of deliveries', {
      ...{ what: 'deliveries', labels: ['outcome'], counts: outbox.counts },
    }),
    ...counter('deja_run_stalls_total', 'Runs taken over from a worker that had fallen silent', {
      ...{ what: 'stalls', labels: ['model'], counts: times },
    }),
    ...counter('deja_runs_unsuccessful_total', 'Runs that failed, were canceled, or expired', {
      ...{ what: 'unsuccessful', labels: ['model', 'state'], counts: times },
    }),
    ...histogram('deja_run_seconds', 'From the start of an attempt to its success', 'run', times),
    ...histogram('deja_queue_seconds', 'From the submission to the start', 'queue', times),
    ...outcomes(totals),
    '',
  ].join('\n');
}

/** `model:<model>:outcome:<what>`, as workers count them. */
function outcomes(totals: ReadonlyMap<string, number>): string[] {
  const name = 'deja_model_outcomes_total';
  const lines: string[] = [];
  for (const [field, count] of totals) {
    const [, model, what] = /^model:([^:]+):outcome:(\w+)$/.exec(field) ?? [];
    if (what !== undefined) lines.push(`${name}{model="${model}",outcome="${what}"} ${count}`);
  }
  const help = 'How answers came about, as their models tell: trained, cached, reused';
  return [`# HELP ${name} ${help}`, `# TYPE ${name} counter`, ...lines];
}

function gauge(name: string, help: string, rows: readonly (readonly [string, number])[]): string[] {
  const lines = rows.map(([labels, value]) => `${name}${labels && `{${labels}}`} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...lines];
}

interface Counted {
  readonly what: string;
  readonly labels: readonly string[];
  /** `<what>|<value of each label>` → count. */
  readonly counts: ReadonlyMap<string, number>;
}

function counter(name: string, help: string, { what, labels, counts }: Counted): string[] {
  const lines = [...counts]
    .filter(([field]) => field.startsWith(`${what}|`))
    .map(([field, count]) => {
      const values = field.split('|').slice(1);
      const pairs = labels.map((label, at) => `${label}="${values[at]}"`);
      return `${name}{${pairs.join(',')}} ${count}`;
    });
  return [`# HELP ${name} ${help}`, `# TYPE ${name} counter`, ...lines];
}

/** Prometheus wants cumulative counts up to each bound; Redis counts between bounds. */
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
