/** CSV (RFC 4180), read as a stream and written. The delimiter is the one that the header has. */
import { linesOf } from '../lines.ts';
import { UsageError } from './usage-error.ts';

export type Cell = string | number | boolean | null | undefined;

/** Records of fields, the header first. Empty lines are skipped. @throws {UsageError} */
export async function* readCsv(parts: AsyncIterable<string>): AsyncGenerator<string[], void> {
  let delimiter: string | undefined;
  let record: string[] = [];
  let isOpen = false;
  for await (const line of linesOf(parts)) {
    // Within quotes a line may end.
    if (line.split('"').length % 2 === 0) isOpen = !isOpen;
    record.push(line);
    if (isOpen) continue;
    const text = record.join('\n').replace(delimiter === undefined ? /^\uFEFF/ : '', '');
    record = [];
    if (text === '') continue;
    delimiter ??= [',', ';', '\t'].find((mark) => text.includes(mark)) ?? ',';
    yield fieldsOf(text, delimiter);
  }
  if (isOpen) throw new UsageError(`a quote is not closed: ${record[0]?.slice(0, 80)}`);
}

function fieldsOf(record: string, delimiter: string): string[] {
  if (!record.includes('"')) return record.split(delimiter);
  const fields: string[] = [];
  let rest = record;
  for (;;) {
    const quoted = /^\s*"([^"]*(?:""[^"]*)*)"\s*/.exec(rest);
    const end = quoted ? quoted[0].length : indexOrEnd(rest, delimiter);
    fields.push(quoted ? String(quoted[1]).replaceAll('""', '"') : rest.slice(0, end));
    if (end >= rest.length) return fields;
    rest = rest.slice(end + 1);
  }
}

const indexOrEnd = (text: string, mark: string): number => {
  const at = text.indexOf(mark);
  return at < 0 ? text.length : at;
};

export const csvLine = (cells: readonly Cell[]): string => `${cells.map(csvCell).join(',')}\n`;

function csvCell(cell: Cell): string {
  const text = String(cell ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Rows under the names of their members, in the order of the first row. */
export function csvTable(rows: readonly Readonly<Record<string, Cell>>[]): string {
  const names = Object.keys(rows[0] ?? {});
  return [names, ...rows.map((row) => names.map((name) => row[name]))].map(csvLine).join('');
}
