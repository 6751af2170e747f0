/** What uPlot needs to know of a plot of ours. */
import type uPlot from 'uplot';
import { colourOf, type Token } from './palette.ts';

export interface PlotSeries {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** Where it is drawn, if elsewhere than its values say: stacked on those below it. */
  readonly drawn?: readonly (number | null)[];
  readonly colour: Token;
  readonly fill?: Token;
  readonly dash?: boolean;
  /** Dots instead of a line. */
  readonly isDots?: boolean;
  /** Only a limit of the band. */
  readonly isEdge?: boolean;
  readonly write?: (value: number | null | undefined) => string;
}

export interface PlotProps {
  /** For screen readers: what it shows. */
  readonly label: string;
  /** Positions, ascending. Epoch s where `isTime`. */
  readonly xs: readonly number[];
  readonly writeX: (x: number) => string;
  readonly xLabel: string;
  readonly isTime: boolean;
  readonly series: readonly PlotSeries[];
  /** Indices of two series with an area between them. */
  readonly band?: readonly [upper: number, lower: number];
  readonly write: (value: number | null | undefined) => string;
  readonly height?: 'low' | 'tall';
  /** Vertical marks, such as changepoints. */
  readonly marks?: readonly number[];
  /** What the plot's height stands for. Default: from the least value to the greatest. */
  readonly range?: readonly [low: number, high: number];
  /** Which position the read-out shows without a cursor. Default: the last that has a value. */
  readonly readAt?: number;
}

const FONT = '12px system-ui, sans-serif';

export function uplotOptions(
  props: PlotProps,
  host: HTMLElement,
  onCursor: (at: number | undefined) => void,
): uPlot.Options {
  const { series, band, write, isTime, writeX, range, marks = [] } = props;
  const colour = (token: Token) => colourOf(token, host);
  const axis = {
    ...{ stroke: colour('ink-3'), font: FONT, ticks: { show: false } },
    grid: { stroke: colour('line'), width: 1 },
  };
  return {
    width: host.clientWidth || 300,
    height: host.clientHeight || 200,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 5 } },
    scales: {
      x: { time: isTime },
      // Also a line that never moves needs a height.
      y: { range: (_, low, high) => (range ? [...range] : rangeOf(low, high)) },
    },
    ...(isTime && { tzDate: (s: number) => asUtc(s) }),
    axes: [
      {
        ...{ ...axis, grid: { show: false }, space: 70, size: 32, gap: 8 },
        values: (_, xs, __, ___, incrS) => xs.map((x) => (isTime ? dateTick(x, incrS) : writeX(x))),
      },
      // Steps are round: a share needs no decimal.
      {
        ...{ ...axis, size: 56, space: 24 },
        values: (_, ys) => ys.map((y) => write(y).replace('.0 %', ' %')),
      },
    ],
    series: [
      {},
      ...series.map((each): uPlot.Series => {
        const stroke = colour(each.colour);
        return {
          label: each.label,
          ...{ stroke: each.isDots ? '' : stroke, width: each.isEdge ? 0 : 1.5, spanGaps: false },
          ...(each.fill && { fill: colour(each.fill) }),
          ...(each.dash && { dash: [3, 3] }),
          points: each.isDots
            ? { show: true, size: dotPx(each), fill: stroke, stroke }
            : { show: false },
        };
      }),
    ],
    ...(band && {
      bands: [{ series: [band[0] + 1, band[1] + 1], fill: colour('band') }],
    }),
    hooks: {
      setCursor: [(plot) => onCursor(plot.cursor.idx ?? undefined)],
      drawAxes: [(plot) => drawMarks(plot, { marks, stroke: colour('ink-3') })],
    },
  };
}

/** A lone dot must not be missed. */
const dotPx = ({ values }: PlotSeries): number =>
  values.filter((each) => each !== null).length === 1 ? 8 : 3;

function rangeOf(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  if (low === high) return low === 0 ? [0, 1] : [Math.min(0, low * 1.2), Math.max(0, low * 1.2)];
  // Values that hardly differ look alike.
  const spare = Math.max((high - low) * 0.08, Math.abs(high) * 0.01);
  return [low >= 0 && low - spare < high * 0.35 ? 0 : low - spare, high + spare];
}

const DAY_S = 86_400;

/** Days where the steps are days or more, else hours and minutes. */
function dateTick(epochS: number, incrS: number): string {
  const iso = new Date(epochS * 1000).toISOString();
  if (incrS >= 28 * DAY_S) return iso.slice(0, 7);
  if (incrS >= DAY_S) return iso.slice(5, 10);
  return iso.slice(11, 16);
}

/** uPlot asks the local clock of a date; this one is ahead by what the clock is behind. */
function asUtc(epochS: number): Date {
  const date = new Date(epochS * 1000);
  return new Date(date.getTime() + date.getTimezoneOffset() * 60_000);
}

function drawMarks(plot: uPlot, { marks, stroke }: { marks: readonly number[]; stroke: string }) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = stroke;
  ctx.setLineDash([2, 4]);
  for (const x of marks) {
    const left = Math.round(plot.valToPos(x, 'x', true)) + 0.5;
    ctx.beginPath();
    ctx.moveTo(left, bbox.top);
    ctx.lineTo(left, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
