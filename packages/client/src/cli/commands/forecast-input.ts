/** The question that a file and the options of the command line are. */
import { basename, extname } from 'node:path';
import { textOf } from '../../lines.ts';
import type { ForecastInput } from '../../types.ts';
import { numberOption, textOption, type Values } from '../command.ts';
import { parseJson, readParts } from '../input.ts';
import { columnsOf, readSeries } from '../series.ts';
import { UsageError } from '../usage-error.ts';

export const FORECAST_OPTIONS = {
  periods: { type: 'string', short: 'p', value: 'N', help: 'steps to forecast (30)' },
  freq: { type: 'string', value: 'CODE', help: 'D, W-MON, MS, 15min, … (inferred)' },
  options: { type: 'string', value: 'JSON', help: 'options of the forecast (docs/api.md)' },
  ds: { type: 'string', value: 'NAME', help: 'column of the dates (ds)' },
  y: { type: 'string', value: 'NAME', help: 'column of the values (y)' },
  'model-id': { type: 'string', value: 'ID', help: 'name of the series (name of the file)' },
} as const;

/** CSV, or the whole body as JSON. */
export async function readForecastInput(
  values: Values,
  path: string,
  note: (text: string) => void,
): Promise<ForecastInput> {
  const parts = readParts(path);
  if (extname(path) === '.json') {
    return { ...(parseJson(await textOf(parts), path) as ForecastInput), ...settingsOf(values) };
  }
  const settings = { periods: 30, ...settingsOf(values) };
  const columns = { ...namesOf(values), others: columnsOf(settings.options) };
  const data = await readSeries(parts, columns, (names) =>
    note(`columns that are left out: ${names.join(', ')}`),
  );
  const modelId = path === '-' ? 'stdin' : basename(path, extname(path));
  return { model_id: textOption(values, 'model-id') ?? modelId, data, ...settings };
}

export const namesOf = (values: Values) => ({
  ds: textOption(values, 'ds') ?? 'ds',
  y: textOption(values, 'y') ?? 'y',
});

/** The members that the command line gives. */
export function settingsOf(values: Values): Pick<ForecastInput, 'periods' | 'freq' | 'options'> {
  const periods = numberOption(values, 'periods', 1);
  const freq = textOption(values, 'freq');
  const text = textOption(values, 'options');
  const options = text === undefined ? undefined : parseJson(text, '--options');
  if (options !== undefined && (typeof options !== 'object' || options === null))
    throw new UsageError('--options takes a JSON object');
  return {
    ...(periods !== undefined && { periods }),
    ...(freq !== undefined && { freq }),
    ...(options !== undefined && { options: options as ForecastInput['options'] & object }),
  };
}
