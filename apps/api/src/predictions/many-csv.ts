/**
 * Reads series from CSV in long form: a header, then a row for each date. Rows of a series stand
 * together. `periods`, `freq` and `options` come from the query, for all series alike.
 */
import { pipeline, Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { type ByteBudget, takeForBody } from '../http/byte-budget.ts';
import { parseJson } from '../http/held-body.ts';
import { ProblemError } from '../wire/problem.ts';
import { type ManyQuestion, tooLarge } from './many-question.ts';

/** What the series of a CSV file have in common. */
interface CsvQuery {
  readonly periods: number | undefined;
  readonly freq: string | undefined;
  readonly options: object | undefined;
}

/** @throws ProblemError for a parameter that is unknown or malformed. */
export function csvQueryOf(url: string): CsvQuery {
  const query = new URL(url, 'http://localhost').searchParams;
  for (const name of query.keys())
    if (name !== 'periods' && name !== 'freq' && name !== 'options')
      throw new ProblemError(
        'malformed-request',
        `unknown query parameter ${JSON.stringify(name)}`,
      );
  const [periods, options] = [query.get('periods'), query.get('options')];
  if (periods !== null && !/^\d{1,9}$/.test(periods))
    throw new ProblemError('malformed-request', 'periods takes a whole number');
  return {
    periods: periods === null ? undefined : Number(periods),
    freq: query.get('freq') ?? undefined,
    options: options === null ? undefined : optionsOf(options),
  };
}

function optionsOf(text: string): object {
  const value = parseJson(Buffer.from(text));
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new ProblemError('malformed-request', 'options takes a JSON object');
}

type Cell = number | string | null;

export async function* csvSeries(
  chunks: AsyncIterable<Buffer>,
  query: CsvQuery,
  maxBytes: number,
  bodies: ByteBudget,
): AsyncGenerator<ManyQuestion> {
  const records = parse({
    ...{ bom: true, skip_empty_lines: true, trim: true, max_record_size: MAX_ROW_CHARS },
  });
  pipeline(Readable.from(chunks), records, () => undefined);
  let columns: readonly string[] | undefined;
  let series: Series | undefined;
  const ended = new Set<string>();
  let index = 0;
  let held = 0;
  const letGo = () => {
    bodies.giveBack(held);
    held = 0;
  };
  try {
    for await (const record of records as AsyncIterable<string[]>) {
      if (columns === undefined) {
        columns = columnsOf(record, query);
        continue;
      }
      const id = record[columns.indexOf(ID)] ?? '';
      if (series?.id !== id) {
        letGo();
        if (series) yield series.question(index++);
        if (series) ended.add(series.id);
        series = new Series(id, columns, query, maxBytes, ended.has(id));
      }
      const bytes = series.add(record);
      takeForBody(bodies, bytes);
      held += bytes;
    }
    letGo();
    if (series) yield series.question(index);
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('CSV_'))
      throw new ProblemError('malformed-request', error.message);
    throw error;
  } finally {
    letGo();
  }
}

const ID = 'unique_id';
const MAX_ROW_CHARS = 65_536;
/** Texts that programs write for a missing value. */
const MISSING = new Set(['', 'NA', 'NaN', 'nan', 'null', 'NULL']);

function columnsOf(header: readonly string[], { options }: CsvQuery): readonly string[] {
  const columns = header.map((name) => (name === 'model_id' ? ID : name));
  for (const name of [ID, 'ds', 'y'])
    if (columns.filter((column) => column === name).length !== 1)
      throw new ProblemError('malformed-request', `the header needs one column ${name}`);
  const known = new Set([ID, 'ds', 'y', 'cap', 'floor', ...namesIn(options)]);
  const unknown = columns.find((name) => !known.has(name));
  if (unknown === undefined) return columns;
  const detail = `column ${JSON.stringify(unknown)}: leave it out, or name it in options.regressors`;
  throw new ProblemError('malformed-request', detail);
}

/** The columns that the options name. What is wrong with the options, the model says. */
function namesIn(options: object | undefined): string[] {
  const { regressors, seasonalities } = { regressors: [], seasonalities: [], ...options };
  return [regressors, seasonalities]
    .flatMap((list: unknown) => (Array.isArray(list) ? list : []))
    .flatMap((item) => [item?.name, item?.condition_name])
    .filter((name) => typeof name === 'string');
}

/** The rows of one series. */
class Series {
  readonly id: string;
  readonly #columns: readonly string[];
  readonly #query: CsvQuery;
  readonly #maxBytes: number;
  readonly #isTorn: boolean;
  readonly #rows: Record<string, Cell>[] = [];
  #bytes = 0;

  constructor(
    id: string,
    columns: readonly string[],
    query: CsvQuery,
    maxBytes: number,
    isTorn: boolean,
  ) {
    this.id = id;
    this.#columns = columns;
    this.#query = query;
    this.#maxBytes = maxBytes;
    this.#isTorn = isTorn;
  }

  /** The bytes that it keeps of the row. */
  add(record: readonly string[]): number {
    const bytes = record.reduce((sum, text) => sum + text.length + 1, 0);
    this.#bytes += bytes;
    if (this.#isTorn || this.#bytes > this.#maxBytes) return 0;
    const row: Record<string, Cell> = {};
    for (const [at, name] of this.#columns.entries())
      if (name !== ID) row[name] = name === 'ds' ? (record[at] ?? '') : cellOf(record[at] ?? '');
    this.#rows.push(row);
    return bytes;
  }

  question(index: number): ManyQuestion {
    return { index, modelId: this.id, bytes: this.#bytes, input: () => this.#input() };
  }

  #input(): unknown {
    if (this.#isTorn) {
      const message = 'the rows of this series do not stand together: sort by unique_id';
      throw new ProblemError('input-refused', message);
    }
    if (this.#bytes > this.#maxBytes) return tooLarge(this.#maxBytes)();
    return { model_id: this.id, data: this.#rows, ...this.#query };
  }
}

function cellOf(text: string): Cell {
  if (MISSING.has(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}
