/**
 * A plot with its read-out and its table twin. The read-out is the legend: it shows the values under
 * the cursor, or else the last ones. Arrows, Page, Home and End move the cursor; Escape drops it.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { paletteMark } from '../state/theme.ts';
import { type PlotProps, uplotOptions } from './plot-options.ts';
import { Twin } from './twin.tsx';

const PAGE = 10;

export function Plot(props: PlotProps) {
  const { label, xs, writeX, xLabel, series, write, height = '' } = props;
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
  useEffect(() => {
    plot.current?.setData(dataOf(props));
  }, [xs, series]);

  const onKeyDown = (event: KeyboardEvent) => {
    const moved = cursorAfter(event.key, cursor ?? xs.length - 1, xs.length);
    if (moved === undefined && event.key !== 'Escape') return;
    event.preventDefault();
    const x = moved === undefined ? undefined : xs[moved];
    const left = x === undefined ? -10 : (plot.current?.valToPos(x, 'x') ?? -10);
    plot.current?.setCursor({ left, top: x === undefined ? -10 : 1 });
    setCursor(moved);
  };
  const at = cursor ?? xs.length - 1;
  const x = xs[at];
  return (
    <>
      <div class="read" aria-live={cursor === undefined ? 'off' : 'polite'}>
        <span class="at">{x === undefined ? '–' : writeX(x)}</span>
        {series.map((each) => (
          <span key={each.label}>
            <i class={`key k-${each.colour}${each.dash ? ' dash' : ''}`} />
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

const dataOf = ({ xs, series }: PlotProps): uPlot.AlignedData =>
  [xs, ...series.map((each) => each.drawn ?? each.values)] as unknown as uPlot.AlignedData;

/** Undefined: the key moves no cursor. */
export function cursorAfter(key: string, at: number, count: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    PageUp: -PAGE,
    PageDown: PAGE,
    Home: -count,
    End: count,
  };
  const step = steps[key];
  return step === undefined ? undefined : Math.max(0, Math.min(count - 1, at + step));
}
