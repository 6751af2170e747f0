import type { ForecastAnswer, SeriesRow } from '../../types.ts';
import { type Command, type CommandContext, textOption, WAIT_OPTION, waitOf } from '../command.ts';
import { csvTable } from '../csv.ts';
import { openData } from '../output.ts';
import { type PlotPoint, plot } from '../plot.ts';
import { FORECAST_OPTIONS, readForecastInput } from './forecast-input.ts';
import { forecastMany } from './forecast-many.ts';

export const forecast: Command = {
  name: 'forecast',
  arguments: 'FILE|-',
  summary: 'forecast a series from CSV (ds,y), or many (unique_id,ds,y) with --many',
  takes: [1, 1],
  options: {
    ...FORECAST_OPTIONS,
    plot: { type: 'boolean', help: 'plot it on stderr' },
    many: { type: 'boolean', help: 'the file has many series; or a question a line (.ndjson)' },
    id: { type: 'string', value: 'NAME', help: 'with --many: column of the series (unique_id)' },
    output: { type: 'string', short: 'o', value: 'FILE', help: 'write there, not to stdout' },
    ...WAIT_OPTION,
  },
  example: 'deja forecast sales.csv --periods 30 --plot > forecast.csv',
  async run(context) {
    const { deja, values, positionals, out, signal } = context;
    if (values.many) return await forecastMany(context);
    const input = await readForecastInput(values, positionals[0] ?? '', out.note);
    const answer = await deja.forecast(input, { wait: waitOf(values), signal });
    for (const { code, message } of answer.warnings) out.note(`warning: ${message} [${code}]`);
    const file = await openData(textOption(values, 'output'), out);
    await file.write(values.json ? `${JSON.stringify(answer)}\n` : csvTable(answer.forecast));
    await file.close();
    if (values.plot) plotForecast(input.data, answer, out);
    return 0;
  },
};

function plotForecast(
  data: readonly SeriesRow[],
  { forecast: rows }: ForecastAnswer,
  out: CommandContext['out'],
): void {
  const shown = Math.max(60, 3 * rows.length);
  const history = [...data]
    .sort((a, b) => (a.ds < b.ds ? -1 : 1))
    .slice(-shown)
    .map(({ ds, y }): PlotPoint => ({ ds, y }));
  const ahead = rows.map(
    ({ ds, yhat, yhat_lower: lower, yhat_upper: upper }): PlotPoint => ({ ds, yhat, lower, upper }),
  );
  out.draw(plot([...history, ...ahead], out));
}
