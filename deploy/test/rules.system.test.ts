/** Evaluates deploy/prometheus/rules.yml with promtool, over figures of healthy and of bad days. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { temporaryDir } from '../../test/processes.ts';
import { CAUSES } from '../prometheus/causes.ts';
import { OBJECTIVES } from '../prometheus/objectives.ts';
import { ROOT, read } from './files.ts';
import { promtool } from './promtool.ts';

const path = (name: string) => fileURLToPath(new URL(name, ROOT));
const RULES = path('deploy/prometheus/rules.yml');

interface Board {
  readonly panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[];
}

/** Values a minute, in promtool's notation, by series. */
type Figures = Readonly<Record<string, string>>;

interface Case {
  readonly name: string;
  /** What differs from a day on which all is well. */
  readonly figures: Figures;
  /** When it is looked at: minutes after 8 hours. */
  readonly minutes: number;
  /** `alert/severity` of those that fire. */
  readonly firing: readonly string[];
}

/** Minutes in which all is well. */
const BEFORE = 480;
const LONG = BEFORE + 120;
const all = (perMinute: number) => `0+${perMinute}x${LONG}`;
const steady = (value: number) => `${value}x${LONG}`;
/** After 8 hours, another value. */
const then = (value: number, later: number) => `${value}x${BEFORE} ${later}x120`;
/** Counts of 8 hours, and of the minutes after them, in which `share` goes wrong. */
function counts(perMinute: number, share: number, { minutes = 60, after = 0 } = {}) {
  const wrong = perMinute * share;
  const right = perMinute - wrong;
  const end = perMinute * BEFORE + right * minutes;
  return {
    right: `0+${perMinute}x${BEFORE} ${perMinute * BEFORE}+${right}x${minutes} ${end}+${perMinute}x${after}`,
    wrong: `0x${BEFORE} 0+${wrong}x${minutes} ${wrong * minutes}x${after}`,
  };
}

const http = (status: string) =>
  `deja_http_requests_total{instance="a",route="/predict",method="POST",status="${status}",x_cache="none"}`;
const LOOKUPS = 'deja_cache_lookup_seconds_count{instance="a",tier="redis"}';
const QUICK = 'deja_cache_lookup_seconds_bucket{instance="a",tier="redis",le="0.005"}';
const BEGUN = 'deja_global_queue_seconds_count{instance="a",model="m",lane="long"}';
const SOON = 'deja_global_queue_seconds_bucket{instance="a",model="m",lane="long",le="10"}';
const LAG = 'deja_global_webhook_outbox_lag_seconds{instance="a"}';
const WORKERS = 'deja_global_workers{instance="a"}';
const RUNS = 'deja_global_run_seconds_count{instance="a",model="m",lane="long"}';
const FAILED = 'deja_global_runs_unsuccessful_total{instance="a",model="m",state="failed"}';

const HEALTHY: Figures = {
  [http('200')]: all(6000),
  [LOOKUPS]: all(600),
  [QUICK]: all(600),
  [BEGUN]: all(60),
  [SOON]: all(60),
  [RUNS]: all(80),
  [LAG]: steady(1),
  [WORKERS]: steady(2),
};

/** The windows of tickets hold no more than those hours. */
const burning = (alert: string) => [`${alert}/page`, `${alert}/ticket`];
const answers = (share: number, more = {}): Figures => {
  const { right, wrong } = counts(6000, share, more);
  return { [http('200')]: right, [http('503')]: wrong };
};
const onB = (series: string) => series.replace('instance="a"', 'instance="b"');
const [until, from] = [`0+60x${BEFORE} stale`, `_x${BEFORE} ${60 * BEFORE}+60x120`];

const CASES: readonly Case[] = [
  { name: 'a healthy day', figures: {}, minutes: 60, firing: [] },
  {
    name: 'an hour in which 2 % of the answers fail pages somebody',
    figures: answers(0.02),
    ...{ minutes: 60, firing: burning('DejaAnswersFail') },
  },
  {
    name: 'soon after that hour nobody is paged any more',
    figures: answers(0.02, { after: 30 }),
    ...{ minutes: 70, firing: ['DejaAnswersFail/ticket'] },
  },
  {
    name: 'five minutes of it page nobody',
    figures: answers(0.02, { minutes: 5 }),
    ...{ minutes: 5, firing: [] },
  },
  {
    name: '0.5 % that fail for hours make a ticket',
    figures: { [http('200')]: all(5970), [http('503')]: all(30) },
    ...{ minutes: 0, firing: ['DejaAnswersFail/ticket'] },
  },
  {
    name: 'where nothing but failures was ever answered it is told, too',
    figures: { [http('200')]: `_x${LONG}`, [http('503')]: all(6) },
    ...{ minutes: 0, firing: burning('DejaAnswersFail') },
  },
  {
    name: 'clients that ask for what is cached only hurt nobody',
    figures: { [http('504')]: all(600) },
    ...{ minutes: 60, firing: [] },
  },
  {
    name: 'an hour in which a fifth of the look-ups takes longer than 5 ms',
    figures: { [QUICK]: counts(600, 0.2).right },
    ...{ minutes: 60, firing: burning('DejaLookupsSlow') },
  },
  {
    name: 'an hour in which a fifth of the runs begins late',
    figures: { [SOON]: counts(60, 0.2).right },
    ...{ minutes: 60, firing: burning('DejaWorkWaits') },
  },
  {
    name: 'an hour in which webhooks are late a quarter of the time',
    figures: { [LAG]: `1x${BEFORE} ${'40 1 1 1 '.repeat(15)}40x3` },
    ...{ minutes: 60, firing: burning('DejaWebhooksLate') },
  },
  {
    name: 'another process tells the figures of all: nothing counts twice',
    figures: { [BEGUN]: until, [SOON]: until, [onB(BEGUN)]: from, [onB(SOON)]: from },
    ...{ minutes: 3, firing: [] },
  },
  {
    name: 'one installation of several that is down',
    figures: { [WORKERS]: `2x${BEFORE} stale` },
    ...{ minutes: 4, firing: ['DejaDown/page'] },
  },
  {
    name: 'a Redis in trouble',
    figures: { 'deja_redis_in_trouble{instance="a",role="queue"}': then(0, 1) },
    ...{ minutes: 2, firing: ['DejaRedisInTrouble/page'] },
  },
  {
    name: 'no worker',
    figures: { [WORKERS]: then(2, 0) },
    ...{ minutes: 2, firing: ['DejaNoWorkers/page'] },
  },
  {
    name: 'a log out of reach',
    figures: { 'deja_log_unverified{instance="a"}': then(0, 1) },
    ...{ minutes: 2, firing: ['DejaLogUnreachable/page'] },
  },
  {
    name: 'a tier that is skipped most of the time',
    figures: {
      'deja_tier_skipped{instance="a",tier="disk"}': `0x${BEFORE} ${'1 1 0 '.repeat(20)}`,
    },
    ...{ minutes: 15, firing: ['DejaTierSkipped/ticket'] },
  },
  {
    name: 'a queue that is nearly full',
    figures: {
      'deja_global_open_runs{instance="a"}': then(10, 8001),
      'deja_global_open_runs_limit{instance="a"}': steady(10_000),
    },
    ...{ minutes: 2, firing: ['DejaQueueFull/page'] },
  },
  {
    name: 'runs that nobody takes',
    figures: { 'deja_global_oldest_wait_seconds{instance="a",lane="long"}': then(0, 61) },
    ...{ minutes: 6, firing: ['DejaRunsStuck/page'] },
  },
  {
    name: 'refreshes that nobody takes hurt nobody',
    figures: { 'deja_global_oldest_wait_seconds{instance="a",lane="refresh"}': then(0, 61) },
    ...{ minutes: 6, firing: [] },
  },
  {
    name: 'a fifth of the runs fails',
    figures: { [FAILED]: `0x${BEFORE} 0+20x60` },
    ...{ minutes: 20, firing: ['DejaRunsFail/ticket'] },
  },
  {
    name: 'all runs fail, and always have',
    figures: { [RUNS]: `_x${LONG}`, [FAILED]: all(20) },
    ...{ minutes: 0, firing: ['DejaRunsFail/ticket'] },
  },
  {
    name: 'webhooks that nobody sends',
    figures: { [LAG]: `1x${BEFORE} 61x10` },
    ...{ minutes: 7, firing: ['DejaOutboxBacklog/ticket', 'DejaWebhooksLate/ticket'] },
  },
  {
    name: 'the first dead letter',
    figures: { 'deja_global_webhook_dead{instance="a"}': then(0, 1) },
    ...{ minutes: 2, firing: ['DejaDeadLetters/ticket'] },
  },
];
/** This alert asks for a series that is nowhere, so it is looked at alone. */
const DOWN: Case = {
  ...{ name: 'nobody tells the figures of all', figures: {}, minutes: 3 - BEFORE },
  firing: ['DejaDown/page'],
};

/** Each case is a job of its own: the rules keep jobs apart. */
function suiteOf(cases: readonly Case[], healthy: Figures) {
  const ofJob = (job: string, series: string) => series.replace('{', `{job="${job}",`);
  return {
    interval: '1m',
    input_series: cases.flatMap(({ name, figures }) =>
      Object.entries({ ...healthy, ...figures }).map(([series, values]) => ({
        series: ofJob(name, series),
        values,
      })),
    ),
    promql_expr_test: cases.map(({ name, minutes, firing }) => ({
      expr: `count by (alertname, severity) (ALERTS{alertstate="firing",job=~"|${name}"})`,
      eval_time: `${BEFORE + minutes}m`,
      exp_samples: firing.map((alert) => {
        const [alertname, severity] = alert.split('/');
        return {
          labels: JSON.stringify({ alertname, severity }).replace(/"(\w+)":/g, '$1='),
          value: 1,
        };
      }),
    })),
  };
}

let wrong = '';
beforeAll(() => {
  using dir = temporaryDir();
  const file = join(dir.path, 'rules.test.json');
  const tests = [suiteOf(CASES, HEALTHY), suiteOf([DOWN], {})];
  writeFileSync(file, JSON.stringify({ rule_files: [RULES], evaluation_interval: '1m', tests }));
  try {
    promtool('test', 'rules', file);
  } catch (error) {
    wrong = (error as { stderr: string }).stderr;
    if (!wrong.includes('expr:')) throw error;
  }
});

test('the rules are valid', () => {
  expect(promtool('check', 'rules', RULES)).toContain('SUCCESS');
});

test('the queries of the board are valid', () => {
  using dir = temporaryDir();
  const file = join(dir.path, 'board.json');
  const { panels } = JSON.parse(read('deploy/grafana/deja.json')) as Board;
  const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  const rules = queries.map((query, at) => ({
    record: `query_${at}`,
    expr: query.replaceAll('$__rate_interval', '1m'),
  }));
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'board', rules }] }));

  expect(promtool('check', 'rules', file)).toContain(`${queries.length} rules found`);
});

test('the configuration of Prometheus is valid', () => {
  const config = path('deploy/prometheus/prometheus.yml');

  expect(promtool('check', 'config', config)).toContain('SUCCESS');
});

test.each([...CASES, DOWN])('$name: $firing', ({ name }) => {
  expect(wrong.split('expr:').filter((report) => report.includes(name))).toEqual([]);
});

test('every alert fires in a case', () => {
  const firing = [...CASES, DOWN].flatMap((each) =>
    each.firing.map((alert) => alert.split('/')[0]),
  );
  const names = [...OBJECTIVES, ...CAUSES].map(({ alert }) => alert);

  expect([...new Set(firing)].sort()).toEqual(names.sort());
});
