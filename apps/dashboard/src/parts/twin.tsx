/** The table twin of a plot: the same figures, drawn once somebody opens it. */
import { useState } from 'preact/hooks';
import { ScrollRegion } from './scroll-region.tsx';

interface TwinColumn {
  readonly label: string;
  readonly values: readonly (number | null | undefined)[];
  readonly write: (value: number | null | undefined) => string;
}

interface Props {
  readonly label: string;
  readonly summary?: string;
  readonly heads: readonly string[];
  readonly columns: readonly TwinColumn[];
  /** What the first column is. */
  readonly headLabel: string;
}

export function Twin({ label, summary = 'Figures as a table', heads, columns, headLabel }: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="twin" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{summary}</summary>
      {isOpen && (
        <ScrollRegion label={label} isTall>
          <table class="fit">
            <caption>{label}</caption>
            <thead>
              <tr>
                <th scope="col">{headLabel}</th>
                {columns.map((column) => (
                  <th key={column.label} scope="col" class="r">
                    {column.label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {heads.map((head, at) => (
                <tr key={head}>
                  <th scope="row">{head}</th>
                  {columns.map(({ label: name, values, write }) => (
                    <td key={name} class="r">
                      {write(values[at])}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollRegion>
      )}
    </details>
  );
}
