/** Series out of CSV: the rows of one, or of many in long form. */
import type { ForecastInput, SeriesRow } from '../types.ts';
import { readCsv } from './csv.ts';
import { UsageError } from './usage-error.ts';

/** How columns are called in the file. */
export interface Columns {
  readonly ds: string;
  readonly y: string;
  /** Of many series. */
  readonly id?: string | undefined;
  /** What the forecast may have besides. */
  readonly others: readonly string[];
}

const GAPS = new Set(['', 'na', 'nan', 'null', 'none']);
const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false };

interface NamedRow {
  readonly id: string;
  readonly row: SeriesRow;
}

/** @param onIgnored Told of columns that are left out. */
export async function readSeries(
  parts: AsyncIterable<string>,
  columns: Columns,
  onIgnored: (names: readonly string[]) => void,
): Promise<SeriesRow[]> {
  const rows: SeriesRow[] = [];
  for await (const { row } of readRows(parts, columns, onIgnored)) rows.push(row);
  return rows;
}

export interface Series {
  readonly modelId: string;
  readonly data: readonly SeriesRow[];
  /** Its rows do not stand together. */
  readonly isTorn: boolean;
}

/** Many series in long form, each as soon as it ends. */
export async function* readManySeries(
  parts: AsyncIterable<string>,
  columns: Columns,
  onIgnored: (names: readonly string[]) => void,
): AsyncGenerator<Series, void> {
  const seen = new Set<string>();
  let current: { readonly id: string; readonly data: SeriesRow[] } | undefined;
  const whole = ({ id, data }: NonNullable<typeof current>): Series => {
    const isTorn = seen.has(id);
    seen.add(id);
    return { modelId: id, data, isTorn };
  };
  for await (const { id, row } of readRows(parts, columns, onIgnored)) {
    if (current?.id !== id) {
      if (current) yield whole(current);
      current = { id, data: [] };
    }
    current.data.push(row);
  }
  if (current) yield whole(current);
}

async function* readRows(
  parts: AsyncIterable<string>,
  columns: Columns,
  onIgnored: (names: readonly string[]) => void,
): AsyncGenerator<NamedRow, void> {
  let header: readonly string[] | undefined;
  let record = 0;
  let at = { ds: -1, y: -1, id: -1 };
  let others: readonly (readonly [name: string, at: number])[] = [];
  for await (const fields of readCsv(parts)) {
    record += 1;
    if (!header) {
      header = fields.map((name) => name.trim());
      at = placesOf(header, columns);
      const known = new Set(columns.others);
      others = [...header.entries()].flatMap(([i, name]) => (known.has(name) ? [[name, i]] : []));
      const used = new Set([at.ds, at.y, at.id, ...others.map(([, i]) => i)]);
      const ignored = header.filter((_, i) => !used.has(i));
      if (ignored.length > 0) onIgnored(ignored);
      continue;
    }
    const row: Record<string, string | number | boolean | null> & { ds: string; y: number | null } =
      {
        ds: (fields[at.ds] ?? '').trim(),
        y: numberOf(fields[at.y] ?? '', columns.y, record),
      };
    for (const [name, i] of others) row[name] = cellOf(fields[i] ?? '', name, record);
    yield { id: at.id < 0 ? '' : (fields[at.id] ?? '').trim(), row };
  }
  if (!header) throw new UsageError('the input is empty: it needs a header and rows');
}

function placesOf(header: readonly string[], { ds, y, id }: Columns) {
  const place = (name: string, hint: string): number => {
    const at = header.indexOf(name);
    if (at >= 0) return at;
    const there = header.join(', ');
    throw new UsageError(`there is no column ${name} (there are: ${there}); ${hint}`);
  };
  return {
    ds: place(ds, 'name it with --ds'),
    y: place(y, 'name it with --y'),
    id: id === undefined ? -1 : place(idName(header, id), 'name it with --id'),
  };
}

const idName = (header: readonly string[], id: string): string =>
  id === 'unique_id' && !header.includes(id) && header.includes('model_id') ? 'model_id' : id;

function numberOf(text: string, name: string, record: number): number | null {
  const trimmed = text.trim();
  if (GAPS.has(trimmed.toLowerCase())) return null;
  const value = Number(trimmed);
  if (Number.isFinite(value)) return value;
  throw new UsageError(`row ${record}: ${name} is not a number: ${JSON.stringify(trimmed)}`);
}

const cellOf = (text: string, name: string, record: number): number | boolean | null =>
  BOOLEANS[text.trim().toLowerCase()] ?? numberOf(text, name, record);

/** Columns beside ds and y that the options name. */
export function columnsOf(options: ForecastInput['options']): string[] {
  const regressors = options?.regressors?.map(({ name }) => name) ?? [];
  const conditions =
    options?.seasonalities?.flatMap(({ condition_name: name }) => name ?? []) ?? [];
  return ['cap', 'floor', ...regressors, ...conditions];
}
