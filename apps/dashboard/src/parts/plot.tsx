/**
 * A plot with its read-out and its table twin. The read-out is the legend: it shows the values under
 * the cursor, or else the last ones. Arrows, Page, Home and End move the cursor; Escape drops it.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { paletteMark } from '../state/theme.ts';
import { cursorAfter } from './cursor.ts';
import { type PlotProps, type PlotSeries, uplotOptions } from './plot-options.ts';
import { Twin } from './twin.tsx';

export function Plot(props: PlotProps) {
  const { label, xs, writeX, xLabel, series, write, height = '' } = props;
  const restAt = props.readAt ?? lastKnown(series);
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const [cursor, setCursor] = useState<number | undefined>(undefined);
  const mark = paletteMark.value;
  const shape = `${mark} ${series.map((each) => each.label).join()} ${props.marks?.join() ?? ''}`;

  useEffect(() => {
    const host = frame.current;
    if (!host) return;
    const drawn = new uPlot(uplotOptions(props, host, setCursor), dataOf(props), host);
    plot.current = drawn;
    const observer = new ResizeObserver(() =>
      drawn.setSize({ width: host.clientWidth, height: host.clientHeight }),
    );
    observer.observe(host);
    return () => {
      observer.disconnect();
      drawn.destroy();
      plot.current = null;
    };
  }, [shape]);
  const drawnData = useRef<uPlot.AlignedData>([]);
  // Views are drawn again each second; the canvas only when it has something new.
  useEffect(() => {
    const data = dataOf(props);
    if (isSameData(data, drawnData.current)) return;
    drawnData.current = data;
    plot.current?.setData(data);
  });

  const onKeyDown = (event: KeyboardEvent) => {
    const moved = cursorAfter(event.key, cursor ?? restAt, xs.length);
    if (moved === undefined && event.key !== 'Escape') return;
    event.preventDefault();
    const x = moved === undefined ? undefined : xs[moved];
    const left = x === undefined ? -10 : (plot.current?.valToPos(x, 'x') ?? -10);
    plot.current?.setCursor({ left, top: x === undefined ? -10 : 1 });
    setCursor(moved);
  };
  const at = cursor ?? restAt;
  const x = xs[at];
  return (
    <>
      <div class="read" aria-live={cursor === undefined ? 'off' : 'polite'}>
        <span class="at">{x === undefined ? '–' : writeX(x)}</span>
        {series.map((each) => (
          <span key={each.label}>
            <i class={`key k-${each.colour}${keyForm(each)}`} />
            {each.label} <b>{(each.write ?? write)(each.values[at])}</b>
          </span>
        ))}
      </div>
      <div
        class={`plot ${height}`}
        role="img"
        aria-label={`${label}. Arrow keys move the cursor.`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: its cursor moves with the arrows
        tabIndex={0}
        ref={frame}
        onKeyDown={onKeyDown}
      />
      <Twin
        label={label}
        headLabel={xLabel}
        heads={xs.map(writeX)}
        columns={series.map((each) => ({ write, ...each }))}
      />
    </>
  );
}

const isSameData = (a: uPlot.AlignedData, b: uPlot.AlignedData): boolean =>
  a.length === b.length &&
  a.every((column, at) => {
    const other = b[at] ?? [];
    return column.length === other.length && Array.from(column).every((y, i) => y === other[i]);
  });

/** The last minute may not be over, the last points may be forecast: what is known counts. */
const lastKnown = (series: readonly PlotSeries[]): number =>
  Math.max(0, ...series.map(({ values }) => values.findLastIndex((each) => each !== null)));

/** An area, a line, a dashed line or a dot, as it is drawn. */
function keyForm({ fill, dash, isDots, isEdge }: PlotSeries): string {
  if (fill || isEdge) return '';
  return isDots ? ' dot' : dash ? ' dash' : ' line';
}

const dataOf = ({ xs, series }: PlotProps): uPlot.AlignedData =>
  [xs, ...series.map((each) => each.drawn ?? each.values)] as unknown as uPlot.AlignedData;
