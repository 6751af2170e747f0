/** Renders rules.yml: `npm run deploy:files` writes it, here and for the chart. */
import { stringify } from 'yaml';
import { CAUSES, COUNTS } from './causes.ts';
import { BURNS, errorsIn, OBJECTIVES, SOURCES, WINDOWS } from './objectives.ts';

const HEADER = '# Made by deploy/prometheus/rules.ts: npm run deploy:files\n';

/** The runbook's heading is the name of the alert. */
const runbookOf = (alert: string) => `docs/operations.md#${alert.toLowerCase()}`;

const sourceRules = (sources: Readonly<Record<string, string>>) =>
  Object.entries(sources).map(([record, expr]) => ({ record, expr }));

const errorRules = OBJECTIVES.flatMap(({ name, errors }) =>
  WINDOWS.map((window) => ({
    record: errorsIn(window),
    expr: errors(window),
    labels: { slo: name },
  })),
);

const burnAlerts = OBJECTIVES.flatMap(({ alert, name, budget, aim }) =>
  Object.entries(BURNS).map(([severity, burns]) => ({
    alert,
    expr: burns
      .map(({ burn, long, short }) => {
        const most = Number((burn * budget).toPrecision(6));
        const over = (window: string) => `${errorsIn(window)}{slo="${name}"} > ${most}`;
        return `(${over(long)} and ${over(short)})`;
      })
      .join(' or '),
    labels: { severity },
    annotations: {
      summary: `${aim}: {{ $value | humanizePercentage }} were not`,
      runbook_url: runbookOf(alert),
    },
  })),
);

const causeAlerts = CAUSES.map(({ alert, expr, for: pending, severity, summary }) => ({
  ...{ alert, expr, for: pending, labels: { severity } },
  annotations: { summary, runbook_url: runbookOf(alert) },
}));

export const RULES = {
  groups: [
    {
      name: 'deja-objectives',
      rules: [...sourceRules(SOURCES), ...errorRules, ...burnAlerts],
    },
    { name: 'deja-causes', rules: [...sourceRules(COUNTS), ...causeAlerts] },
  ],
};

export const renderRules = (): string => HEADER + stringify(RULES, { lineWidth: 0 });
