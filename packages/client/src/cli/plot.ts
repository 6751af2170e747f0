/**
 * A plot in braille characters: the end of the history, the forecast and its band, over dates.
 * A character has 2 by 4 dots and one colour; the band is every second dot, so that it differs without colour, too.
 */
export interface PlotPoint {
  readonly ds: string;
  readonly y?: number | null;
  readonly yhat?: number;
  readonly lower?: number | undefined;
  readonly upper?: number | undefined;
}

export interface PlotOptions {
  readonly width: number;
  readonly height?: number;
  readonly hasColour: boolean;
}

type Ink = 'history' | 'forecast' | 'band';
const INKS: Readonly<Record<Ink, string>> = {
  history: '\x1b[39m',
  forecast: '\x1b[36m',
  band: '\x1b[34m',
};
const RESET = '\x1b[39m';
/** The bit of each dot of a braille character, by row and column. */
const BITS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

/** @param points In order of time, at least one with a value. */
export function plot(points: readonly PlotPoint[], options: PlotOptions): string {
  const { height = 14, hasColour } = options;
  const values = points
    .flatMap(({ y, yhat, lower, upper }) => [y, yhat, lower, upper])
    .filter((value): value is number => typeof value === 'number');
  let [least, most] = [Math.min(...values), Math.max(...values)];
  if (least === most) [least, most] = [least - 1, most + 1];
  const labels = [most, (least + most) / 2, least].map((value) => labelOf(value, most - least));
  const margin = Math.max(...labels.map((label) => label.length)) + 1;
  const columns = Math.max(20, Math.min(options.width, 120) - margin - 2);
  const canvas = createCanvas(columns, height);

  const times = timesOf(points);
  const [from = 0, to = 1] = [times[0], times.at(-1)];
  const xOf = (i: number) => (((times[i] ?? 0) - from) / (to - from || 1)) * (columns * 2 - 1);
  const yOf = (value: number) => ((most - value) / (most - least)) * (height * 4 - 1);
  const line = (ink: Ink, pick: (point: PlotPoint) => number | null | undefined) => {
    let before: readonly [x: number, y: number] | undefined;
    for (const [i, point] of points.entries()) {
      const value = pick(point);
      const here = typeof value === 'number' ? ([xOf(i), yOf(value)] as const) : undefined;
      if (here) canvas.line(before ?? here, here, ink);
      before = here;
    }
  };
  for (const [i, { lower, upper }] of points.entries()) {
    const next = points[i + 1] ?? points[i];
    if (lower === undefined || upper === undefined) continue;
    if (next?.lower === undefined || next.upper === undefined) continue;
    const [x0, x1] = [xOf(i), xOf(Math.min(i + 1, points.length - 1))];
    for (let x = Math.ceil(x0); x <= x1; x += 1) {
      const share = x1 === x0 ? 0 : (x - x0) / (x1 - x0);
      const top = yOf(upper + (next.upper - upper) * share);
      const bottom = yOf(lower + (next.lower - lower) * share);
      for (let y = Math.round(top); y <= bottom; y += 1)
        if ((x + y) % 2 === 0) canvas.dot(x, y, 'band');
    }
  }
  line('history', ({ y }) => y);
  line('forecast', ({ yhat }) => yhat);

  const rows = canvas.rows(hasColour).map((row, i) => {
    const label = labels[[0, height >> 1, height - 1].indexOf(i)] ?? '';
    return `${label.padStart(margin)} ┤${row}`;
  });
  const start = points.findIndex(({ yhat }) => yhat !== undefined);
  return [
    ...rows,
    ...axisOf(points, start, (i) => Math.floor(xOf(i) / 2), margin + 2, columns),
  ].join('\n');
}

/** The line under the plot: where the forecast begins, and the first and the last date. */
function axisOf(
  points: readonly PlotPoint[],
  start: number,
  columnOf: (i: number) => number,
  margin: number,
  columns: number,
): string[] {
  const rule = Array.from({ length: columns }, () => '─');
  if (start > 0) rule[columnOf(start)] = '┬';
  const row: string[] = Array.from({ length: columns }, () => ' ');
  const write = (text: string, at: number) => {
    const begin = Math.max(0, Math.min(at, columns - text.length));
    if (row.slice(Math.max(0, begin - 1), begin + text.length + 1).some((mark) => mark !== ' '))
      return;
    for (const [i, mark] of [...text].entries()) row[begin + i] = mark;
  };
  const [first = '', begin = '', last = ''] = [0, start, -1].map((i) => points.at(i)?.ds);
  write(first, 0);
  write(last, columns);
  if (start > 0) write(begin, Math.min(columnOf(start), columns - last.length - begin.length - 2));
  const pad = ' '.repeat(margin - 1);
  return [`${pad}└${rule.join('')}`, `${pad} ${row.join('').trimEnd()}`];
}

function createCanvas(columns: number, height: number) {
  const bits = new Uint8Array(columns * height);
  const inks: (Ink | undefined)[] = [];
  const dot = (x: number, y: number, ink: Ink) => {
    const cell = Math.floor(y / 4) * columns + Math.floor(x / 2);
    bits[cell] = (bits[cell] ?? 0) | (BITS[(y % 4) as 0]?.[(x % 2) as 0] ?? 0);
    if (inks[cell] === undefined || ink !== 'band') inks[cell] = ink;
  };
  type Place = readonly [x: number, y: number];
  return {
    dot,
    line([x0, y0]: Place, [x1, y1]: Place, ink: Ink) {
      const steps = Math.max(1, Math.ceil(Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0))));
      for (let i = 0; i <= steps; i += 1)
        dot(
          Math.round(x0 + ((x1 - x0) * i) / steps),
          Math.round(y0 + ((y1 - y0) * i) / steps),
          ink,
        );
    },
    rows(hasColour: boolean): string[] {
      return Array.from({ length: height }, (_, row) => {
        let ink: Ink | undefined;
        let text = '';
        for (let cell = row * columns; cell < (row + 1) * columns; cell += 1) {
          if (hasColour && inks[cell] !== undefined && inks[cell] !== ink) {
            ink = inks[cell];
            text += INKS[ink as Ink];
          }
          text += bits[cell] === 0 ? ' ' : String.fromCharCode(0x2800 + (bits[cell] ?? 0));
        }
        return ink === undefined ? text.trimEnd() : text.trimEnd() + RESET;
      });
    },
  };
}

/** Dates as times, or places in a row if one of them is none. */
function timesOf(points: readonly PlotPoint[]): number[] {
  const times = points.map(({ ds }) => Date.parse(ds.replace(' ', 'T')));
  return times.some(Number.isNaN) ? points.map((_, i) => i) : times;
}

function labelOf(value: number, range: number): string {
  const digits = Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(range))));
  return Math.abs(value) >= 1e9 ? value.toExponential(2) : value.toFixed(digits);
}
