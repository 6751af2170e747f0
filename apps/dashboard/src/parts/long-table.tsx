/** A table of any length: it draws the rows in sight, and asks for more near its end. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Cells, type Column, HeadRow } from './data-table.tsx';
import { rowWindow } from './window.ts';

/** As `--row` says. */
const ROW_PX = 32;
const SPARE_ROWS = 10;

interface Props<Row> {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string;
  /** Where to go on; undefined: these are all. */
  readonly cursor: string | undefined;
  readonly onMore: () => void;
}

export function LongTable<Row>({ label, rows, columns, keyOf, cursor, onMore }: Props<Row>) {
  const frame = useRef<HTMLElement>(null);
  const [sight, setSight] = useState({ scrollTopPx: 0, heightPx: 640 });
  const look = () => {
    const { scrollTop = 0, clientHeight = 640 } = frame.current ?? {};
    setSight({ scrollTopPx: scrollTop, heightPx: clientHeight });
  };
  useLayoutEffect(look, []);
  const { from, to, abovePx, belowPx } = rowWindow({
    ...{ count: rows.length, rowPx: ROW_PX, spare: SPARE_ROWS },
    ...sight,
  });
  const hasMore = cursor !== undefined;
  const isNearEnd = hasMore && to >= rows.length - SPARE_ROWS;
  useEffect(() => {
    if (isNearEnd) onMore();
  }, [isNearEnd, cursor]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached with the keyboard
    <section class="scroll long" aria-label={label} tabIndex={0} ref={frame} onScroll={look}>
      <table aria-rowcount={hasMore ? -1 : rows.length + 1}>
        <HeadRow columns={columns} />
        <tbody>
          <Gap heightPx={abovePx} span={columns.length} />
          {rows.slice(from, to).map((row, at) => (
            <tr key={keyOf(row)} class="go" aria-rowindex={from + at + 2}>
              <Cells row={row} columns={columns} />
            </tr>
          ))}
          <Gap heightPx={belowPx} span={columns.length} />
        </tbody>
      </table>
    </section>
  );
}

function Gap({ heightPx, span }: { heightPx: number; span: number }) {
  if (heightPx === 0) return null;
  return (
    <tr class="gap">
      <td colSpan={span} style={{ height: `${heightPx}px` }} />
    </tr>
  );
}
