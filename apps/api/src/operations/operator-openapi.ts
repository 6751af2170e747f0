/** The operators' routes in the OpenAPI document. */
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { historyQuery } from '../history/route.ts';
import { history } from '../history/schema.ts';
import { inPath, json, operation } from '../wire/operation.ts';
import { overview, receivers, scale, workers } from './overview-schema.ts';
import { runsQuery } from './runs-route.ts';
import { canceledRun, runDetail, runList } from './runs-schema.ts';
import { plotQuery, seriesQuery, tenantQuery } from './series-route.ts';
import { series, seriesList, seriesPlot } from './series-schema.ts';

const tag = 'operations';
const ofSeries = inPath({ model_id: 'The `model_id` of a forecast' });
const ofRun = inPath({ run: 'Id of a run' });

export const operatorPaths: ZodOpenApiPathsObject = {
  '/admin/overview': {
    get: operation({
      ...{ id: 'getOverview', tag, summary: 'Read the figures of the whole' },
      description:
        'Now, today and over the last hour. Figures that nobody can know yet are absent.',
      answers: { '200': json('The figures', overview) },
      problems: ['queue-unavailable'],
    }),
  },
  '/admin/live': {
    get: operation({
      ...{ id: 'streamOverview', tag, summary: 'Follow the figures of the whole' },
      description: 'Server-sent events `overview`, one a second, each with the overview as data.',
      answers: {
        '200': { description: 'Server-sent events', content: { 'text/event-stream': {} } },
      },
      problems: ['streams-full'],
    }),
  },
  '/admin/history': {
    get: operation({
      ...{ id: 'getHistory', tag, summary: 'Read what was, in columns for plots' },
      description: 'By minute for 7 days, by hour for 90. A step that nobody recorded is null.',
      params: { query: historyQuery },
      answers: { '200': json('A column a series', history) },
      problems: ['malformed-request', 'queue-unavailable'],
    }),
  },
  '/admin/runs': {
    get: operation({
      ...{ id: 'listRuns', tag, summary: 'List runs' },
      description:
        'Every run that is kept, the newest first. What is added later comes before the first page, never in between.',
      params: { query: runsQuery },
      answers: { '200': json('A page of runs', runList) },
      problems: ['malformed-request', 'queue-unavailable'],
    }),
  },
  '/admin/runs/{run}': {
    get: operation({
      ...{ id: 'getRun', tag, summary: 'Read a run' },
      description: 'With all jobs that share it, its attempts, and the times of their steps.',
      params: ofRun,
      answers: { '200': json('The run', runDetail) },
      problems: ['run-unknown', 'queue-unavailable'],
    }),
  },
  '/admin/runs/{run}/cancel': {
    post: operation({
      ...{ id: 'cancelRun', tag, summary: 'Cancel a run' },
      description: 'Cancels all jobs that share it, whoever asked, and stops its computation.',
      params: ofRun,
      answers: { '200': json('It is canceled', canceledRun) },
      problems: ['run-unknown', 'run-ended', 'queue-unavailable'],
    }),
  },
  '/admin/workers': {
    get: operation({
      ...{ id: 'listWorkers', tag, summary: 'List the workers that are alive' },
      description: 'What each has, and what it computes now.',
      answers: { '200': json('The workers', workers) },
      problems: ['queue-unavailable'],
    }),
  },
  '/admin/receivers': {
    get: operation({
      ...{ id: 'listReceivers', tag, summary: 'List the receivers of webhooks' },
      description: 'The hosts that deliveries go to, and whether they answer.',
      answers: { '200': json('The receivers', receivers) },
      problems: ['queue-unavailable'],
    }),
  },
  '/admin/series': {
    get: operation({
      ...{ id: 'listSeries', tag, summary: 'List the series of forecasts' },
      description: 'Those that were computed in the last 90 days, up to 2,048.',
      params: { query: seriesQuery },
      answers: { '200': json('A page of series', seriesList) },
      problems: ['malformed-request', 'queue-unavailable'],
    }),
  },
  '/admin/series/{model_id}': {
    get: operation({
      ...{ id: 'getSeries', tag, summary: 'Read how a series was forecast' },
      description:
        'Which model answered and why, the last 100 times, and what was forecast for the last points before they came.',
      params: { ...ofSeries, query: tenantQuery },
      answers: { '200': json('The series', series) },
      problems: ['series-unknown', 'queue-unavailable'],
    }),
  },
  '/admin/series/{model_id}/plot': {
    get: operation({
      ...{ id: 'plotSeries', tag, summary: 'Read what the newest model of a series shows' },
      description:
        'Its last points, the forecast with a band of 80 %, components and changepoints, in columns.',
      params: { ...ofSeries, query: plotQuery },
      answers: { '200': json('Columns beside ds', seriesPlot) },
      problems: ['malformed-request', 'series-unknown', 'list-unavailable'],
    }),
  },
  '/scale': {
    get: operation({
      ...{ id: 'getScale', tag, summary: 'Read how many slots the open work needs' },
      description: 'From the usual time of what waits and is computed, for what starts workers.',
      answers: { '200': json('The work', scale) },
      problems: ['queue-unavailable'],
    }),
  },
};
