/**
 * Reads what people paste: a CSV of dates and values, with commas, semicolons or tabs, with or
 * without a header. It finds the column of dates and that of values; it repairs nothing.
 */
export interface SeriesRow {
  readonly ds: string;
  readonly y: number | null;
}

export type PastedSeries =
  | {
      readonly ok: true;
      readonly rows: readonly SeriesRow[];
      readonly dsName: string;
      readonly yName: string;
    }
  | { readonly ok: false; readonly reason: string };

const refuse = (reason: string): PastedSeries => ({ ok: false, reason });

export function readSeriesCsv(text: string): PastedSeries {
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '');
  const [first] = lines;
  if (first === undefined) return refuse('Nothing is pasted yet.');
  const separator = separatorOf(first);
  const table = lines.map((line) => cellsOf(line, separator));
  const head = table[0] ?? [];
  if (head.length < 2)
    return refuse('Line 1 has one column. A date and a value are needed, with a comma between.');
  const hasHeader = !head.some(isDate);
  const names = hasHeader ? head : head.map((_, at) => (at === 0 ? 'ds' : 'y'));
  const body = hasHeader ? table.slice(1) : table;
  const sample = body[0] ?? [];
  const dsAt = columnOf(
    names,
    ['ds', 'date', 'time', 'timestamp', 'day'],
    sample.findIndex(isDate),
  );
  if (dsAt < 0) return refuse('No column holds dates such as 2026-11-26.');
  const other = names.findIndex((_, at) => at !== dsAt && toNumber(sample[at] ?? '') !== undefined);
  const yAt = columnOf(names, ['y', 'value', 'count', 'sales'], other);
  if (yAt < 0 || yAt === dsAt) return refuse('No column holds numbers.');
  const rows: SeriesRow[] = [];
  for (const [index, cells] of body.entries()) {
    const line = index + (hasHeader ? 2 : 1);
    const ds = cells[dsAt] ?? '';
    const text = cells[yAt] ?? '';
    if (!isDate(ds)) return refuse(`Line ${line}: “${ds}” is no date.`);
    const y = isGap(text) ? null : toNumber(text);
    if (y === undefined) return refuse(`Line ${line}: “${text}” is no number.`);
    rows.push({ ds, y });
  }
  if (rows.length < 2) return refuse('One point is no series; two or more are needed.');
  return { ok: true, rows, dsName: names[dsAt] ?? 'ds', yName: names[yAt] ?? 'y' };
}

const SEPARATORS = ['\t', ';', ','] as const;

/** A comma may be part of a number where semicolons or tabs part the columns. */
const separatorOf = (line: string): string => SEPARATORS.find((each) => line.includes(each)) ?? ',';

/** RFC 4180: a quoted cell may hold the separator, and two quotes for one. */
function cellsOf(line: string, separator: string): string[] {
  const cells: string[] = [];
  let cell = '';
  let isQuoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at];
    if (char === '"' && isQuoted && line[at + 1] === '"') {
      cell += char;
      at += 1;
    } else if (char === '"') isQuoted = !isQuoted;
    else if (char === separator && !isQuoted) {
      cells.push(cell.trim());
      cell = '';
    } else cell += char;
  }
  return [...cells, cell.trim()];
}

const isDate = (text: string): boolean => /^\d{4}-?\d\d(-?\d\d)?([T ].*)?$/.test(text.trim());
const isGap = (text: string): boolean => /^(|na|nan|null|none)$/i.test(text.trim());

function toNumber(text: string): number | undefined {
  if (!/^[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?$/i.test(text.trim())) return undefined;
  return Number(text.trim().replace(',', '.'));
}

function columnOf(names: readonly string[], usual: readonly string[], otherwise: number): number {
  const at = names.findIndex((name) => usual.includes(name.toLowerCase()));
  return at >= 0 ? at : otherwise;
}
