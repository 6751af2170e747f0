/** Renders deja.json, a board of Grafana 12 and 13: `npm run deploy:files` writes it. */
import { DEMAND_ROWS } from './demand-rows.ts';
import type { Panel } from './panel.ts';
import { SUPPLY_ROWS } from './supply-rows.ts';

const COLOURS = ['yellow', 'red'] as const;
const [WIDTH, HEIGHT] = [24, 8];
const DATASOURCE = { type: 'prometheus', uid: '$datasource' };

/** Restricts every metric of a query to the chosen job. */
export const ofJob = (query: string): string =>
  query.replace(/\b(deja[_:]|nodejs_|process_)[\w:]+(\{)?/g, (metric) =>
    metric.endsWith('{') ? `${metric}job=~"$job",` : `${metric}{job=~"$job"}`,
  );

function stepsOf({ limits = [], isBadBelow = false }: Panel) {
  const bad = limits.length === 1 ? ['red'] : COLOURS.slice(0, limits.length);
  const colours = isBadBelow ? [...bad.toReversed(), 'green'] : ['green', ...bad];
  return colours.map((color, at) => ({ color, value: at === 0 ? null : limits[at - 1] }));
}

function renderPanel(panel: Panel) {
  const { title, description, unit, queries, type = 'timeseries', limits, isStacked } = panel;
  const isGraph = type === 'timeseries';
  return {
    ...{ type, title, description, datasource: DATASOURCE },
    targets: Object.entries(queries).map(([query, legendFormat], at) => ({
      ...{ refId: String.fromCharCode(65 + at), datasource: DATASOURCE },
      ...{ expr: ofJob(query), legendFormat, range: isGraph, instant: !isGraph },
    })),
    fieldConfig: {
      defaults: {
        unit,
        thresholds: { mode: 'absolute', steps: stepsOf(panel) },
        color: { mode: isGraph ? 'palette-classic' : 'thresholds' },
        custom: isGraph
          ? {
              ...{ fillOpacity: isStacked ? 25 : 5, showPoints: 'never' },
              stacking: { mode: isStacked ? 'normal' : 'none' },
              thresholdsStyle: { mode: limits ? 'dashed' : 'off' },
            }
          : {},
      },
      overrides: [],
    },
    options: isGraph
      ? {
          legend: { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] },
          tooltip: { mode: 'multi' },
        }
      : { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'value', graphMode: 'none' },
  };
}

let id = 0;
let y = 0;
const panels = [...DEMAND_ROWS, ...SUPPLY_ROWS].flatMap(({ title, panels }) => {
  const row = { id: ++id, type: 'row', title, collapsed: false, panels: [] };
  const top = { ...row, gridPos: { x: 0, y: y++, w: WIDTH, h: 1 } };
  let x = 0;
  const stats = panels.filter(({ type }) => type === 'stat').length;
  // Figures take an eighth, graphs share the rest.
  const graphWidth = Math.floor((WIDTH - 3 * stats) / (panels.length - stats));
  const own = panels.map((panel) => {
    const w = panel.type === 'stat' ? 3 : graphWidth;
    const gridPos = { x, y, w, h: HEIGHT };
    x += w;
    return { id: ++id, ...renderPanel(panel), gridPos };
  });
  y += HEIGHT;
  return [top, ...own];
});

const BOARD = {
  ...{ uid: 'deja', title: 'Deja', tags: ['deja'], schemaVersion: 41, editable: true },
  description: 'Made by deploy/grafana/board.ts: npm run deploy:files',
  ...{ time: { from: 'now-6h', to: 'now' }, refresh: '30s', timezone: 'browser', graphTooltip: 1 },
  templating: {
    list: [
      { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' },
      {
        ...{ name: 'job', type: 'query', label: 'Installation', datasource: DATASOURCE },
        query: { query: 'label_values(deja_http_requests_total, job)', refId: 'job' },
        ...{ refresh: 2, includeAll: true, multi: true, allValue: '.+' },
        current: { text: ['All'], value: ['$__all'] },
      },
    ],
  },
  panels,
};

export const renderBoard = (): string => `${JSON.stringify(BOARD, null, 2)}\n`;
