/** The lists of settings in docs/settings.md and .env.example, from the settings' descriptions. */
import { apiSettings } from '@deja/api/config';
import { httpSettings } from '@deja/api/settings';
import { admissionSettings, jobSettings } from '@deja/jobs/settings';
import { keySettings } from '@deja/keys/settings';
import { modelSettings } from '@deja/models/settings';
import { redisSettings } from '@deja/redis/settings';
import { cacheSettings, servingSettings } from '@deja/runtime/cache-settings';
import { processSettings } from '@deja/runtime/settings';
import { deliverySettings, webhookSettings } from '@deja/webhooks/settings';
import { workerSettings } from '@deja/worker/config';
import { workerOnlySettings } from '@deja/worker/settings';
import type { z } from 'zod';

const AREAS: readonly (readonly [title: string, settings: z.core.$ZodLooseShape])[] = [
  ['Redis', redisSettings],
  ['Cache', { ...cacheSettings, ...servingSettings }],
  ['Models', modelSettings],
  ['Jobs', { ...jobSettings, ...admissionSettings }],
  ['Webhooks', { ...webhookSettings, ...deliverySettings }],
  ['HTTP', { ...httpSettings, ...keySettings }],
  ['Worker processes', workerOnlySettings],
  ['Logging and stopping', processSettings],
];

export interface Setting {
  readonly name: string;
  readonly area: string;
  /** As one would write it; empty: none. */
  readonly value: string;
  /** What the table shows where the default depends on the machine. */
  readonly defaultText: string | undefined;
  readonly unit: string;
  readonly readBy: 'both' | 'API' | 'worker';
  readonly description: string;
}

export const settings: readonly Setting[] = AREAS.flatMap(([area, shape]) =>
  Object.entries(shape).map(([name, schema]) => settingOf(area, name, schema as z.ZodType)),
);

function settingOf(area: string, name: string, schema: z.ZodType): Setting {
  const { unit = '', description = '', defaultText } = schema.meta() ?? {};
  return {
    ...{ name, area, description },
    unit: String(unit),
    value: defaultText === undefined ? String(schema.parse(undefined) ?? '') : '',
    defaultText: defaultText === undefined ? undefined : String(defaultText),
    readBy: readersOf(name),
  };
}

/** Not told by the settings: whoever composes one reads it. */
function readersOf(name: string): Setting['readBy'] {
  if (!(name in workerSettings.shape)) return 'API';
  return name in apiSettings.shape ? 'both' : 'worker';
}

const BEGIN = '<!-- settings: `npm run docs:settings` writes what follows -->\n';
const END = '<!-- end of settings -->\n';

/** docs/settings.md with its tables renewed; the text around them stays. */
export function renderTables(page: string): string {
  const [before, rest = ''] = page.split(BEGIN);
  const [, after] = rest.split(END);
  if (before === undefined || after === undefined)
    throw new Error(`docs/settings.md has lost its marks: ${BEGIN}${END}`);
  return `${before}${BEGIN}\n${AREAS.map(([area]) => tableOf(area)).join('\n')}\n${END}${after}`;
}

function tableOf(area: string): string {
  const rows = settings
    .filter((setting) => setting.area === area)
    .map(({ name, value, defaultText, unit, readBy, description }) => {
      const shown = defaultText ?? (value === '' ? 'none' : `\`${value}\``);
      return `| \`${name}\` | ${shown} | ${unit} | ${readBy} | ${description} |\n`;
    });
  return `## ${area}\n\n| Name | Default | Unit | Read by | Meaning |\n|---|---|---|---|---|\n${rows.join('')}`;
}

const READERS = { both: 'API and workers', API: 'API', worker: 'workers' };

/** All of .env.example. */
export function renderEnvExample(): string {
  const blocks = Object.entries(
    Object.groupBy(settings, ({ area, readBy }) => `# ${area} (${READERS[readBy]})\n`),
  ).map(([heading, block = []]) => {
    const lines = block.map(({ name, value }) => `#${name}=${value}\n`);
    return `\n${heading}${lines.join('')}`;
  });
  return `${ENV_HEADER}${blocks.join('')}`;
}

const ENV_HEADER = `\
# Every setting with its default; docs/settings.md explains each. \`npm run docs:settings\` writes this
# file. Copy it to .env and remove a \`#\` to change a setting. \`docker compose\` reads .env itself; for
# any other process: \`node --env-file=.env apps/api/dist/main.js\`.
# An empty value counts as unset. Give API and workers the same values of what both read.
`;
