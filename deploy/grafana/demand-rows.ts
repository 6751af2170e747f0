/** What clients ask and get: objectives, traffic, latency, waits. */
import { errorsIn, OBJECTIVES } from '../prometheus/objectives.ts';
import { latest, type Panel, perSecond, quantiles, RATE, type Row } from './panel.ts';

export const DEMAND_ROWS: readonly Row[] = [
  {
    title: 'Objectives',
    panels: [
      ...OBJECTIVES.map(
        ({ name, aim, budget }): Panel => ({
          ...{ title: name, description: `${aim}. Share of the last 3 days`, unit: 'percentunit' },
          ...{ type: 'stat', limits: [1 - 5 * budget, 1 - budget], isBadBelow: true },
          queries: { [`1 - ${errorsIn('3d')}{slo="${name}"}`]: '' },
        }),
      ),
      {
        title: 'Burn rate, one hour',
        description: 'At 1 the budget of 30 days lasts 30 days; at 14.4 somebody is paged',
        ...{ unit: 'x', limits: [1, 14.4] },
        queries: Object.fromEntries(
          OBJECTIVES.map(({ name, budget }) => [
            `${errorsIn('1h')}{slo="${name}"} / ${budget}`,
            name,
          ]),
        ),
      },
    ],
  },
  {
    title: 'Traffic',
    panels: [
      {
        title: 'Questions by result',
        description: 'What the cache made of them',
        ...{ unit: 'reqps', isStacked: true },
        queries: {
          [perSecond('deja_cache_requests_total', 'outcome')]: '{{outcome}}',
        },
      },
      {
        title: 'Hit and join ratio',
        description:
          'Hits and stale answers among all questions but bypasses; misses that joined a run',
        unit: 'percentunit',
        queries: {
          [`sum(rate(deja_coalesced_requests_total${RATE})) / sum(rate(deja_cache_requests_total{outcome=~"miss|bypass"}${RATE}))`]:
            'misses joined',
          [`sum(rate(deja_cache_requests_total{outcome=~"hit|stale"}${RATE})) / sum(rate(deja_cache_requests_total{outcome!="bypass"}${RATE}))`]:
            'hits',
        },
      },
      {
        title: 'Why misses',
        description: 'Why the cache did not answer; docs/api.md explains the reasons',
        ...{ unit: 'reqps', isStacked: true },
        queries: { [perSecond('deja_cache_miss_reasons_total', 'reason')]: '{{reason}}' },
      },
      {
        title: 'Answers by status',
        description: 'All routes',
        ...{ unit: 'reqps', isStacked: true },
        queries: { [perSecond('deja_http_requests_total', 'status')]: '{{status}}' },
      },
    ],
  },
  {
    title: 'Latency by tier',
    panels: [
      {
        title: 'Look-ups',
        description: 'How long a tier takes to give an entry or none',
        ...{ unit: 's', limits: [0.005] },
        queries: quantiles('deja_cache_lookup_seconds', 'tier'),
      },
      {
        title: 'Hits by tier',
        description: 'Which tier answered',
        ...{ unit: 'reqps', isStacked: true },
        queries: {
          [perSecond('deja_cache_requests_total{outcome=~"hit|stale"}', 'tier')]: '{{tier}}',
        },
      },
      {
        title: 'Compute saved',
        description: 'Seconds of computation that hits saved, in each second',
        ...{ unit: 'short', isStacked: true },
        queries: { [perSecond('deja_compute_saved_seconds_total', 'model')]: '{{model}}' },
      },
    ],
  },
  {
    title: 'Queue by lane',
    panels: [
      {
        title: 'Runs that wait',
        description: 'Runs that wait to begin',
        ...{ unit: 'short', isStacked: true },
        queries: { [latest('deja_global_queue_depth', 'lane')]: '{{lane}}' },
      },
      {
        title: 'Oldest wait',
        description: 'How long the first in line has waited',
        ...{ unit: 's', limits: [10, 60] },
        queries: { [latest('deja_global_oldest_wait_seconds', 'lane')]: '{{lane}}' },
      },
      {
        title: 'Time to the start',
        description: 'From the submission to the start',
        ...{ unit: 's', limits: [10] },
        queries: quantiles('deja_global_queue_seconds', 'lane'),
      },
      {
        title: 'Error of estimates',
        description: 'By what factor estimates of waits of 2 s and more were off: 1 is exact',
        ...{ unit: 'x', limits: [2] },
        queries: quantiles('deja_eta_error_ratio', 'lane'),
      },
    ],
  },
];
