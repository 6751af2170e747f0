/** The parts of a forecast's question, as the client wrote them, and how its series differs. */
import type {
  KeptSeries,
  PreparedInput,
  QuestionParts,
  SeriesDifference,
} from '../question-parts.ts';
import { artefactNames } from '../reuse/artefact-names.ts';
import { changeOf } from '../reuse/series-change.ts';
import { formatDs } from './ds.ts';
import type { ForecastInput } from './input.ts';
import type { ForecastBody } from './schema.ts';

/** @param defaults The options of a body that has none. @param atDefaults The same, by path. */
export function forecastParts(
  { input: prepared, asked }: PreparedInput,
  defaults: ForecastBody['options'],
  atDefaults: QuestionParts['defaults'],
): QuestionParts {
  const input = prepared as ForecastInput;
  const options = asked as ForecastBody['options'] | undefined;
  const { ds, y, date_only, offsets, extra = {}, freq, periods, future, fit } = input;
  // A column that is the same at every date has become a number.
  const level = [options?.cap === undefined && fit.cap, options?.floor === undefined && fit.floor];
  return {
    series: [ds, y, date_only, offsets, extra, level],
    members: {
      '/periods': periods,
      '/freq': freq,
      ...(future && { '/future': future }),
      ...(options ? changed(options, defaults) : { '/options': [fit, input.answer, input.reuse] }),
    },
    defaults: atDefaults,
    showsValues: true,
  };
}

/** How the series of a question differs from that of the latest model that could answer it, or of any. */
export async function forecastSeriesDifference(
  prepared: unknown,
  { read, latest }: KeptSeries,
): Promise<SeriesDifference | undefined> {
  const [{ decodeModel }, { seriesOf }] = await Promise.all([
    import('../prophet/fitted-model.ts'),
    import('../prophet/series.ts'),
  ]);
  const input = prepared as ForecastInput;
  const names = artefactNames(input);
  const pointer = names.latest === undefined ? undefined : await read(names.latest);
  const kept = (pointer && (await read(Buffer.from(pointer).toString()))) ?? (await latest());
  const before = kept && decodeModel(kept)?.series;
  if (!before) return undefined;
  const now = seriesOf(input);
  const columns = new Set([...Object.keys(before.extra), ...Object.keys(now.extra)]);
  if (columns.size !== Object.keys(now.extra).length) return undefined; // not comparable
  const { added, altered, removed, lost } = changeOf(before, now);
  const still = new Set(altered.map((at) => now.ds[at]));
  const seconds = {
    added: now.ds[added[0] ?? -1],
    altered: now.ds[altered[0] ?? -1],
    removed: before.ds[lost.find((at) => !still.has(before.ds[at])) ?? -1],
  };
  const dates = Object.entries(seconds).flatMap(([kind, at]) =>
    at === undefined ? [] : [[kind, at] as const],
  );
  const style = { dateOnly: input.date_only, offsets: input.offsets };
  const from = Math.min(...dates.map(([, at]) => at));
  return {
    ...{ added: added.length, altered: altered.length, removed },
    first: Object.fromEntries(dates.map(([kind, at]) => [kind, formatDs(at, style)])),
    from: dates.length === 0 ? undefined : formatDs(from, style),
  };
}

/** Options other than the defaults, by path. */
function changed(options: ForecastBody['options'], defaults: ForecastBody['options']) {
  const usual = defaults as Readonly<Record<string, unknown>>;
  const members: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    const isUsual =
      value === usual[name] ||
      (typeof value === 'object' && JSON.stringify(value) === JSON.stringify(usual[name]));
    if (!isUsual) members[`/options/${name}`] = value;
  }
  return members;
}

export const optionPaths = (options: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).map(([name, value]) => [`/options/${name}`, value]));
