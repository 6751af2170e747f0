/** A table of columns. The first column is the row's name; columns of numbers stand to the right. */
import type { ComponentChildren } from 'preact';
import { ScrollRegion } from './scroll-region.tsx';

export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ComponentChildren;
  readonly isNumber?: boolean;
}

interface Props<Row> {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string;
  readonly class?: string;
}

export function DataTable<Row>({ label, rows, columns, keyOf, class: name = '' }: Props<Row>) {
  return (
    <ScrollRegion label={label}>
      <table class={name}>
        <HeadRow columns={columns} />
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              <Cells row={row} columns={columns} />
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollRegion>
  );
}

export function HeadRow<Row>({ columns }: { columns: readonly Column<Row>[] }) {
  return (
    <thead>
      <tr>
        {columns.map(({ name, isNumber }) => (
          <th key={name} scope="col" class={isNumber ? 'r' : ''}>
            {name}
          </th>
        ))}
      </tr>
    </thead>
  );
}

export function Cells<Row>({ row, columns }: { row: Row; columns: readonly Column<Row>[] }) {
  return (
    <>
      {columns.map(({ name, cell, isNumber }, at) =>
        at === 0 ? (
          <th key={name} scope="row">
            {cell(row)}
          </th>
        ) : (
          <td key={name} class={isNumber ? 'r' : ''}>
            {cell(row)}
          </td>
        ),
      )}
    </>
  );
}
