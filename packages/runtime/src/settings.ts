/**
 * Settings from the environment: how they are read, and the two that every process has.
 *
 * Each package that has settings describes them in its own settings.ts, next to the function that
 * turns them into the names and units of the code. An app composes its schema from these groups and
 * calls `loadConfig` once, before it opens anything; main.ts alone reads `process.env`.
 * `npm run docs:settings` writes docs/settings.md and .env.example from the descriptions (`.meta`):
 *
 *  - `description`: what the setting does, in Markdown;
 *  - `unit`: left out where there is none;
 *  - `defaultText`: what to write where the default depends on the machine.
 */
import { z } from 'zod';

/** A setting is invalid. Nothing has been opened; the message lists every problem at once. */
export class InvalidConfigError extends Error {
  override readonly name = 'InvalidConfigError';
  readonly code = 'INVALID_CONFIG';
}

/** Reads the settings that `schema` names. An empty variable counts as unset. */
export function loadConfig<S extends z.ZodType>(
  schema: S,
  env: NodeJS.ProcessEnv,
): Readonly<z.output<S>> {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(set);
  if (parsed.success) return Object.freeze(parsed.data);
  throw new InvalidConfigError(`invalid environment\n${z.prettifyError(parsed.error)}`);
}

/** The same for a main.ts: what is wrong is printed, without a stack, and ends the process. */
export function loadConfigOrExit<S extends z.ZodType>(
  schema: S,
  env: NodeJS.ProcessEnv,
): Readonly<z.output<S>> {
  try {
    return loadConfig(schema, env);
  } catch (error) {
    if (!(error instanceof InvalidConfigError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}

export const MB = 1024 * 1024;

export const integer = (min: number, max: number = Number.MAX_SAFE_INTEGER) =>
  z.coerce.number().int().min(min).max(max);

/** Items separated by commas, as a setting has them. */
export const itemsOf = (text: string): readonly string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

export const list = z.string().transform(itemsOf);

/** API and workers read these. */
export const processSettings = {
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .meta({
      description:
        'A process writes messages of this level and above: `fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`.',
    }),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({
      description:
        'Traces go to the OpenTelemetry collector at this address, by OTLP over HTTP, e.g. `http://localhost:4318`. Without it there are none. The other `OTEL_*` variables of traces count, too ([operations](operations.md#traces)).',
    }),
  DRAIN_S: integer(0, 3600).default(10).meta({
    unit: 's',
    description:
      'After a stop signal, a process finishes its work or gives it back within this time. It ends itself 5 s later if something hangs, so wait longer than both before you kill it.',
  }),
} as const;

type ProcessEnv = z.output<z.ZodObject<typeof processSettings>>;

export const processConfigOf = (env: ProcessEnv) => ({
  logLevel: env.LOG_LEVEL,
  drainMs: env.DRAIN_S * 1000,
});
